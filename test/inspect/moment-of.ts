import { all } from 'swarmstate';
import type { Kind, Kinds, MemoryStore } from 'swarmstate';
import { kinds, tableNames } from '../../src/model/schema/kinds.ts';
import type { AnyObject, Moment } from '../../src/inspect/objects/moment.ts';

/** The present of a store, as the page sees it. */
export function momentOf(store: MemoryStore): Moment {
  const rows = new Map<Kind, ReadonlyMap<string, AnyObject>>(
    store.view((tx) =>
      kinds.map((kind) => [
        kind,
        new Map((tx[tableNames[kind]].find(all) as readonly AnyObject[]).map((object) => [object.id, object])),
      ]),
    ),
  );
  return {
    table: <K extends Kind>(kind: K) => {
      const table = rows.get(kind) as ReadonlyMap<string, Kinds[K]>;
      return { size: table.size, get: (id: string) => table.get(id), rows: () => [...table.values()] };
    },
  };
}
