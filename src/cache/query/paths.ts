/** Values without fields that a path could name. */
type Leaf =
  string | number | bigint | boolean | symbol | null | undefined | Uint8Array | Date | ((...args: never) => unknown);

/** The levels whose fields are checked. Deeper ones are taken as they are, because a type may hold itself. */
type Checked = 9;

type Level = readonly unknown[];

type FieldOf<T> = Extract<keyof T, string>;

type Any<T, Then, Else> = 0 extends 1 & T ? Then : Else;

/** The paths of the fields of `T`. `Lists` says whether a path may lead through a list, to the fields of its items. */
type PathOf<T, Lists extends boolean, L extends Level> = Any<
  T,
  string,
  T extends Leaf
    ? never
    : T extends readonly (infer Item)[]
      ? Lists extends true
        ? PathOf<Item, Lists, L>
        : never
      : L['length'] extends Checked
        ? string
        : { [F in FieldOf<T>]-?: F | `${F}.${PathOf<T[F], Lists, readonly [...L, unknown]>}` }[FieldOf<T>]
>;

/**
 * The path of a field: its name, or the names that lead to it with dots between them (`'status.state'`). A path may
 * lead through lists and maps: `'networks.network.id'`, `'annotations.labels.tier'`.
 */
export type QueryPath<T> = PathOf<T, true, readonly []>;

/** The path of a field that an object has once: it leads through no list. */
export type SortPath<T> = PathOf<T, false, readonly []>;

/** The type of the field at a path. A path through a list gives the field of an item. */
export type ValueAt<T, P extends string> = T extends readonly (infer Item)[]
  ? ValueAt<Item, P>
  : P extends keyof T
    ? T[P]
    : P extends `${infer F}.${infer Rest}`
      ? F extends keyof T
        ? ValueAt<NonNullable<T[F]>, Rest>
        : unknown
      : unknown;
