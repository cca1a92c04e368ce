import type { Identified } from './shape.ts';

/**
 * A store under test: the same work for all of them, each in its own best way. Those that answer later give a promise.
 */
export interface Contender<T extends Identified> {
  /** Many objects into the empty store. */
  load(objects: readonly T[]): void | Promise<void>;
  /** Does now what the store leaves for later, such as the order of an index that nobody has read. */
  force?(): void | Promise<void>;
  get(id: string): unknown;
  /** Those whose key that is in the index of the shape's `found`, in the order of their ids. */
  find(text: string): readonly Identified[] | Promise<readonly Identified[]>;
  /** All, in the order of their ids. */
  findAll(): readonly Identified[] | Promise<readonly Identified[]>;
  /** One write, durable in the sense of the store (a transaction where it has any). */
  create(object: T): void | Promise<unknown>;
  update(next: T): void | Promise<unknown>;
  remove(id: string): void | Promise<unknown>;
  /** Many writes in the way that the store offers for many. */
  createMany(objects: readonly T[]): void | Promise<unknown>;
  updateMany(next: readonly T[]): void | Promise<unknown>;
  removeMany(ids: readonly string[]): void | Promise<unknown>;
  /** Many writes as one transaction, where that is another way. */
  createTogether?(objects: readonly T[]): void | Promise<unknown>;
  updateTogether?(next: readonly T[]): void | Promise<unknown>;
}
