import type { IndexNumber } from '../../engine/index/keys.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { quote } from '../../base/text/describe.ts';
import { unwrapBy } from './finder.ts';
import type { By, Finder } from './finder.ts';
import { combiningFinders, idFinders } from '../schema/finder-declarations.ts';
import type { FinderName } from '../schema/finder-declarations.ts';
import { isKindName, kinds } from '../schema/kinds.ts';
import { definitions } from '../tables/table-definition.ts';
import type { TableDefinition } from '../tables/table-definition.ts';

/**
 * True when `find(by)` would find the object. Needs no store. O(keys of the object). Throws `ERR_INVALID_FIND_BY` for a
 * finder that the table of the kind does not take.
 *
 * @example
 * ```ts
 * import { MemoryStore, byNodeId, matches } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * const mine = byNodeId('node-1');
 * for await (const event of store.watch({ events: [{ kind: 'task', by: mine }] })) {
 *   if (event.kind !== 'task') continue;
 *   console.log(matches(mine, 'task', event.object) ? 'here now' : 'left the node');
 * }
 * ```
 */
export function matches<K extends Kind>(by: By<K>, kind: K, object: Kinds[K]): boolean {
  const definition = definitionOf(kind, 'matches');
  const finder = unwrapBy(by, kind);
  assertTaken(definition, finder);
  return holds(definition, finder, object);
}

/** The definition of a kind's table. Throws `ERR_INVALID_FIND_BY` for an unknown kind that was given to `caller`. */
export function definitionOf<K extends Kind>(kind: K, caller: string): TableDefinition<K> {
  if (isKindName(kind)) return definitions[kind];
  throw new StoreError('ERR_INVALID_FIND_BY', `there is no kind ${quote(kind)}; the kinds are ${kinds.join(', ')}`, {
    kind: undefined,
    finder: caller,
  });
}

/** True when the finder finds the object. The table has to take the finder. */
export function holds<K extends Kind>(definition: TableDefinition<K>, finder: Finder, object: Kinds[K]): boolean {
  switch (finder.by) {
    case 'all':
      return true;
    case 'byId':
      return object.id === finder.id;
    case 'byIdPrefix':
      return object.id.startsWith(finder.prefix);
    case 'index': {
      const keys = definition.declaration.indexes[indexOf(definition, finder.finder)]?.keys(object);
      if (keys === undefined) return false;
      const matchesKey = (key: string): boolean => (finder.prefix ? key.startsWith(finder.key) : key === finder.key);
      return typeof keys === 'string' ? matchesKey(keys) : keys.some(matchesKey);
    }
    case 'or':
      return finder.members.some((member) => holds(definition, member, object));
    case 'and':
      return finder.members.every((member) => holds(definition, member, object));
  }
}

type FinderTaker = Pick<TableDefinition, 'kind' | 'finderIndexes'>;

/** Throws `ERR_INVALID_FIND_BY` unless the table takes the finder and all its members. */
export function assertTaken(definition: FinderTaker, finder: Finder): void {
  if (finder.by === 'index') indexOf(definition, finder.finder);
  else if (finder.by === 'or' || finder.by === 'and')
    for (const member of finder.members) assertTaken(definition, member);
}

/** The engine's number of the index that a finder looks into. */
export function indexOf(definition: FinderTaker, finder: FinderName): IndexNumber {
  const index = definition.finderIndexes.get(finder);
  if (index !== undefined) return index;
  const taken = [...Object.keys(idFinders), ...combiningFinders, ...definition.finderIndexes.keys()].join(', ');
  throw new StoreError(
    'ERR_INVALID_FIND_BY',
    `the table of kind ${definition.kind} does not take ${finder}; it takes ${taken}`,
    {
      kind: definition.kind,
      finder,
    },
  );
}
