import type { Contender } from './contender.ts';
import type { Identified, Shape } from './shape.ts';

type Key = string | number;
type Index = Map<Key, Set<string>>;

/**
 * The limit: Maps and Sets, as anybody would write them, for the same indexes. It keeps the objects that it is given,
 * checks nothing, freezes nothing, tells nobody, and cannot take anything back.
 */
export class Limit<T extends Identified> implements Contender<T> {
  readonly #rows = new Map<string, T>();
  readonly #single: readonly { readonly index: Index; readonly keyOf: (object: T) => Key }[];
  readonly #several: readonly {
    readonly index: Index;
    readonly source: (object: T) => unknown;
    readonly keys: (object: T) => readonly string[];
  }[];
  readonly #found: Index;
  readonly #keyOf: (text: string) => string;

  constructor({ single, several, found, keyOf }: Shape<T>) {
    const indexes = new Map<string, Index>();
    const indexOf = (name: string): Index => {
      const index: Index = new Map();
      indexes.set(name, index);
      return index;
    };
    this.#single = Object.entries(single).map(([name, key]) => ({ index: indexOf(name), keyOf: key }));
    this.#several = Object.entries(several).map(([name, { source, keys }]) => ({ index: indexOf(name), source, keys }));
    this.#found = indexes.get(found) as Index;
    this.#keyOf = keyOf;
  }

  load(objects: readonly T[]): void {
    this.createMany(objects);
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  find(text: string): readonly T[] {
    const found: T[] = [];
    for (const id of this.#found.get(this.#keyOf(text)) ?? []) found.push(this.#rows.get(id) as T);
    return found.sort(byId);
  }

  findAll(): readonly T[] {
    return [...this.#rows.values()].sort(byId);
  }

  create(object: T): void {
    const { id } = object;
    this.#rows.set(id, object);
    for (const { index, keyOf } of this.#single) add(index, keyOf(object), id);
    for (const { index, keys } of this.#several) for (const key of keys(object)) add(index, key, id);
  }

  update(next: T): void {
    const { id } = next;
    const before = this.#rows.get(id) as T;
    this.#rows.set(id, next);
    for (const { index, keyOf } of this.#single) {
      const old = keyOf(before);
      const key = keyOf(next);
      if (old === key) continue;
      drop(index, old, id);
      add(index, key, id);
    }
    for (const { index, source, keys } of this.#several) {
      if (source(before) === source(next)) continue;
      for (const key of keys(before)) drop(index, key, id);
      for (const key of keys(next)) add(index, key, id);
    }
  }

  remove(id: string): void {
    const object = this.#rows.get(id) as T;
    this.#rows.delete(id);
    for (const { index, keyOf } of this.#single) drop(index, keyOf(object), id);
    for (const { index, keys } of this.#several) for (const key of keys(object)) drop(index, key, id);
  }

  createMany(objects: readonly T[]): void {
    for (const object of objects) this.create(object);
  }

  updateMany(next: readonly T[]): void {
    for (const object of next) this.update(object);
  }

  removeMany(ids: readonly string[]): void {
    for (const id of ids) this.remove(id);
  }
}

function byId(a: Identified, b: Identified): number {
  return a.id < b.id ? -1 : a.id === b.id ? 0 : 1;
}

function add(index: Index, key: Key, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}

function drop(index: Index, key: Key, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
