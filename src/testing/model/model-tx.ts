import { StoreError } from '../../errors/store-error.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { MessageCodec } from '../../wire/codec/message-codec.ts';
import { missing } from './changes.ts';
import type { Changes } from './changes.ts';
import { findObjects } from './finders.ts';
import { codecs, equalObjects, kinds, tableNames } from './kinds.ts';
import { descriptionOf } from './query.ts';
import type { Query } from './query.ts';

/** A table of a {@link ModelTx}: the store's `WriteTable` with queries in place of finders. */
export class ModelTable<K extends Kind> {
  readonly #kind: K;
  readonly #changes: Changes;
  readonly #codec: MessageCodec<Kinds[K], KindInputs[K]>;

  constructor(kind: K, changes: Changes) {
    this.#kind = kind;
    this.#changes = changes;
    this.#codec = codecs[kind];
  }

  get(id: string): Kinds[K] | undefined {
    return this.#changes.contents.table(this.#kind).get(id);
  }

  find(query: Query): Kinds[K][] {
    return findObjects(descriptionOf(query), this.#kind, this.#changes.contents.table(this.#kind).values());
  }

  create(input: KindInputs[K]): Kinds[K] {
    const object = this.#canonical(input);
    this.#changes.create(this.#kind, object);
    return object;
  }

  update(input: KindInputs[K]): Kinds[K] {
    const object = this.#canonical(input);
    this.#changes.update(this.#kind, object);
    return object;
  }

  modify(id: string, recipe: (draft: KindDrafts[K]) => void): Kinds[K] {
    if (this.#kind === 'extension') throw new StoreError('ERR_EXTENSION_IMMUTABLE', 'model', { id });
    const stored = this.get(id);
    if (stored === undefined) throw missing(this.#kind, id);
    const draft = mutableCopy(stored) as KindDrafts[K];
    recipe(draft);
    const object = this.#codec.from({ ...draft, meta: stored.meta } as unknown as KindInputs[K]);
    if (object.id !== id) {
      throw new StoreError('ERR_INVALID_OBJECT', 'model', { messageType: this.#codec.typeName, path: ['id'] });
    }
    if (equalObjects(this.#kind, object, stored)) return stored;
    this.#changes.update(this.#kind, object);
    return object;
  }

  delete(id: string): void {
    this.#changes.delete(this.#kind, id);
  }

  #canonical(input: KindInputs[K]): Kinds[K] {
    const object = this.#codec.from(input);
    if (object.id === '')
      throw new StoreError('ERR_INVALID_OBJECT', 'model', { messageType: this.#codec.typeName, path: ['id'] });
    return object;
  }
}

/** A write transaction of a {@link ModelStore}. */
export type ModelTx = { readonly [K in Kind as (typeof tableNames)[K]]: ModelTable<K> } & {
  table<K extends Kind>(kind: K): ModelTable<K>;
};

/** Makes a transaction that adds to these changes. */
export function modelTx(changes: Changes): ModelTx {
  const tables = Object.fromEntries(kinds.map((kind) => [kind, new ModelTable(kind, changes)])) as {
    [K in Kind]: ModelTable<K>;
  };
  const byName = Object.fromEntries(kinds.map((kind) => [tableNames[kind], tables[kind]]));
  return { ...byName, table: (kind: Kind) => tables[kind] } as unknown as ModelTx;
}

function mutableCopy(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(mutableCopy);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) copy[key] = mutableCopy(member);
  return copy;
}
