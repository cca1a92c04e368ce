import { ID_INDEX } from '../../engine/index/keys.ts';
import type { TableReader } from '../../engine/read/table-reader.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Finder } from './finder.ts';
import { assertTaken, holds, indexOf } from './matches.ts';
import type { TableDefinition } from '../tables/table-definition.ts';

const nothing: readonly never[] = Object.freeze([]);

/**
 * The objects that a finder finds, in swarmkit's order: by the keys of the finder's index, then by ids, both as UTF-8
 * bytes. A frozen array; the same question may get the same array. Throws `ERR_INVALID_FIND_BY` for a finder that the
 * table does not take, before any lookup.
 */
export function findRows<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): readonly Kinds[K][] {
  if (finder.by === 'or' || finder.by === 'and') assertTaken(table, finder);
  return rowsOf(table, reader, finder);
}

/** As {@link findRows}, for a finder that is known to be taken. */
function rowsOf<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): readonly Kinds[K][] {
  switch (finder.by) {
    case 'or':
      return Object.freeze(union(table, reader, finder.members));
    case 'and':
      return Object.freeze(intersection(table, reader, finder.members));
    case 'all':
      return reader.all();
    case 'byId': {
      const object = reader.get(finder.id);
      return object === undefined ? nothing : Object.freeze([object]);
    }
    case 'byIdPrefix':
      return reader.prefix(ID_INDEX, finder.prefix);
    case 'index': {
      const index = indexOf(table, finder.finder);
      return finder.prefix ? reader.prefix(index, finder.key) : reader.find(index, finder.key);
    }
  }
}

/** The number of objects that a finder finds. O(1) for `all`, an id or an exact key; otherwise O(result). */
export function countRows<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): number {
  switch (finder.by) {
    case 'all':
      return reader.size;
    case 'byId':
      return reader.get(finder.id) === undefined ? 0 : 1;
    case 'byIdPrefix':
      return reader.countPrefix(ID_INDEX, finder.prefix);
    case 'index': {
      const index = indexOf(table, finder.finder);
      return finder.prefix ? reader.countPrefix(index, finder.key) : reader.count(index, finder.key);
    }
    case 'or':
    case 'and':
      return findRows(table, reader, finder).length;
  }
}

/** The objects of {@link findRows}, one after the other. `all` and prefixes walk their index and build no array. */
export function scanRows<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): Iterator<Kinds[K]> {
  if (finder.by === 'all') return reader.scan(ID_INDEX, '');
  if (finder.by === 'byIdPrefix') return reader.scan(ID_INDEX, finder.prefix);
  if (finder.by === 'index' && finder.prefix) return reader.scan(indexOf(table, finder.finder), finder.key);
  return findRows(table, reader, finder)[Symbol.iterator]();
}

/**
 * Prepares the index that {@link scanRows} walks, in steps between which writes may happen. A finder without a walk has
 * no steps.
 */
export function prepareScan<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): Iterable<void> {
  if (finder.by === 'all' || finder.by === 'byIdPrefix') return reader.prepareScan(ID_INDEX);
  if (finder.by === 'index' && finder.prefix) return reader.prepareScan(indexOf(table, finder.finder));
  return [];
}

function union<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  members: readonly Finder[],
): Kinds[K][] {
  const found = new Set<Kinds[K]>();
  addUnion(table, reader, members, found);
  return [...found];
}

/** The results of an `or` inside another go into the same set, so each result is copied once. */
function addUnion<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  members: readonly Finder[],
  found: Set<Kinds[K]>,
): void {
  for (const member of members) {
    if (member.by === 'or') addUnion(table, reader, member.members, found);
    else for (const object of rowsOf(table, reader, member)) found.add(object);
  }
}

function intersection<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  members: readonly Finder[],
): Kinds[K][] {
  const [first, ...rest] = members;
  const candidates = first === undefined ? reader.all() : rowsOf(table, reader, first);
  return candidates.filter((object) => rest.every((finder) => holds(table, finder, object)));
}
