import { kinds, tableNames } from '../model/schema/kinds.ts';
import type { ReadableStore } from './readable-store.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';

/** Objects by kind and id, as they are after some changes. */
export interface Rows {
  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined;
  /** `object` is undefined after a removal. */
  set<K extends Kind>(kind: K, id: string, object: Kinds[K] | undefined): void;
}

/** The rows of a store after changes that the store does not have yet. */
export class ChangedRows implements Rows {
  readonly #store: ReadableStore;
  readonly #changed = new Map<string, Kinds[Kind] | undefined>();

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const key = rowKey(kind, id);
    if (this.#changed.has(key)) return this.#changed.get(key) as Kinds[K] | undefined;
    return this.#store.view((tx) => tx[tableNames[kind]].get(id)) as Kinds[K] | undefined;
  }

  set<K extends Kind>(kind: K, id: string, object: Kinds[K] | undefined): void {
    this.#changed.set(rowKey(kind, id), object);
  }
}

/** All rows of a state. */
export class WholeRows implements Rows {
  readonly #maps = Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as {
    readonly [K in Kind]: Map<string, Kinds[K]>;
  };

  /** The rows of a store. */
  static of(store: ReadableStore): WholeRows {
    const rows = new WholeRows();
    const snapshot = store.save();
    for (const kind of kinds) for (const object of snapshot[tableNames[kind]]) rows.set(kind, object.id, object);
    return rows;
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    return this.#maps[kind].get(id);
  }

  set<K extends Kind>(kind: K, id: string, object: Kinds[K] | undefined): void {
    const map: Map<string, Kinds[K]> = this.#maps[kind];
    if (object === undefined) map.delete(id);
    else map.set(id, object);
  }

  /** True where the store has the same objects. O(rows of both). */
  equals(store: ReadableStore): boolean {
    const snapshot = store.save();
    return kinds.every((kind) => {
      const list = snapshot[tableNames[kind]] as readonly Kinds[Kind][];
      const map = this.#maps[kind] as ReadonlyMap<string, Kinds[Kind]>;
      return list.length === map.size && list.every((object) => map.get(object.id) === object);
    });
  }

  snapshot(): StoreSnapshot {
    const lists = kinds.map((kind) => [tableNames[kind], [...this.#maps[kind].values()]]);
    return StoreSnapshot.from(Object.fromEntries(lists) as StoreSnapshot);
  }
}

/** A text that tells an object from all others. */
export function rowKey(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
