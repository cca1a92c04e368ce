import type { LocalCache } from '../../../cache/local-cache.ts';
import type { LiveView } from '../../../cache/live-view.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import type { Moment, MomentTable } from '../../objects/moment.ts';
import { kinds } from '../../../model/schema/kinds.ts';

/** The present contents, as the cache has them. */
export class LiveMoment implements Moment {
  readonly #tables: ReadonlyMap<Kind, MomentTable>;

  constructor(cache: LocalCache) {
    this.#tables = new Map(kinds.map((kind) => [kind, liveTable(cache, kind)]));
  }

  table<K extends Kind>(kind: K): MomentTable<K> {
    return this.#tables.get(kind) as unknown as MomentTable<K>;
  }
}

function liveTable<K extends Kind>(cache: LocalCache, kind: K): MomentTable {
  const table = cache.table(kind);
  // A view is made for the first reader: it costs a pass over the table for each read after a change.
  let view: LiveView<Kinds[K]> | undefined;
  return {
    get size(): number {
      return table.size;
    },
    get: (id) => table.get(id),
    rows: () => (view ??= table.view()).rows,
  };
}
