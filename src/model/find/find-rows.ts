import { ID_INDEX } from '../../engine/index/keys.ts';
import type { TableReader } from '../../engine/read/table-reader.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Finder } from './finder.ts';
import { assertTaken, holds, indexOf } from './matches.ts';
import type { TableDefinition } from '../tables/table-definition.ts';

const nothing: readonly never[] = Object.freeze([]);

/**
 * The objects that a finder finds, in the original's order: within a finder that of its index's keys, then of ids, as
 * UTF-8 bytes. A frozen array, possibly the same as before. Throws `ERR_INVALID_FIND_BY` for a finder that the table
 * does not take, before anything is looked up.
 */
export function findRows<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  finder: Finder,
): readonly Kinds[K][] {
  if (finder.by === 'or' || finder.by === 'and') {
    assertTaken(table, finder);
    return Object.freeze(
      finder.by === 'or' ? union(table, reader, finder.members) : intersection(table, reader, finder.members),
    );
  }
  switch (finder.by) {
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

/** How many objects a finder finds. O(1) for `all`, an id or an exact key; otherwise O(result). */
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

/**
 * What {@link findRows} finds, one after the other; a table or a prefix of an index is walked without building the
 * array.
 */
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
 * Gets what {@link scanRows} walks on ready, in steps between which writes may happen. What is no walk needs nothing.
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
  for (const member of members) for (const object of findRows(table, reader, member)) found.add(object);
  return [...found];
}

function intersection<K extends Kind>(
  table: TableDefinition<K>,
  reader: TableReader<Kinds[K]>,
  members: readonly Finder[],
): Kinds[K][] {
  const [first, ...rest] = members;
  const candidates = first === undefined ? reader.all() : findRows(table, reader, first);
  return candidates.filter((object) => rest.every((finder) => holds(table, finder, object)));
}
