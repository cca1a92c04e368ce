import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { kinds, tableNames } from './kinds.ts';
import { compareBytes } from './text.ts';

/** The contents of a store: a map of objects by id for each kind. */
export class Contents {
  readonly #tables: { readonly [K in Kind]: Map<string, Kinds[K]> };

  constructor(tables?: { readonly [K in Kind]: Map<string, Kinds[K]> }) {
    this.#tables =
      tables ??
      (Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as {
        readonly [K in Kind]: Map<string, Kinds[K]>;
      });
  }

  /** The objects of one kind by id. */
  table<K extends Kind>(kind: K): Map<string, Kinds[K]> {
    return this.#tables[kind];
  }

  /** A copy that later changes do not reach. */
  copy(): Contents {
    const tables = Object.fromEntries(kinds.map((kind) => [kind, new Map(this.#tables[kind] as Map<string, unknown>)]));
    return new Contents(tables as unknown as { readonly [K in Kind]: Map<string, Kinds[K]> });
  }

  /** The objects of one kind in id order. */
  list<K extends Kind>(kind: K): Kinds[K][] {
    return [...this.#tables[kind].values()].sort((a, b) => compareBytes(a.id, b.id));
  }

  /** The contents as the store saves them. */
  save(): StoreSnapshot {
    return Object.fromEntries(kinds.map((kind) => [tableNames[kind], this.list(kind)])) as unknown as StoreSnapshot;
  }
}
