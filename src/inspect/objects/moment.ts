import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/** The rows of one table at a moment. */
export interface MomentTable<K extends Kind = Kind> {
  readonly size: number;
  get(id: string): Kinds[K] | undefined;
  /** All rows. A new array whenever the rows have changed. */
  rows(): readonly Kinds[K][];
}

/** The contents of a store at a moment: now, or earlier. */
export interface Moment {
  table<K extends Kind>(kind: K): MomentTable<K>;
}

/** Any stored object. */
export type AnyObject = Kinds[Kind];
