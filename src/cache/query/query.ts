import type { SortPath, QueryPath, ValueAt } from './paths.ts';

/** A value that a field is compared with. A 64-bit integer may be given as either type of number. */
type Operand<V> = unknown extends V ? V : V extends number ? V | bigint : V;

/** The values of `V` that have an order. */
type Ordered<V> = unknown extends V
  ? string | number | bigint | boolean
  : Extract<Operand<V>, string | number | bigint | boolean>;

/** The items, texts or keys that a list, a text or a map can contain. */
type Member<V> = unknown extends V
  ? unknown
  : V extends readonly (infer Item)[]
    ? Operand<Item> | readonly Operand<Item>[]
    : string | readonly string[];

/** The operators of a condition. All that are given have to hold. */
export interface Operators<V> {
  readonly $eq?: Operand<V>;
  readonly $ne?: Operand<V>;
  readonly $gt?: Ordered<V>;
  readonly $gte?: Ordered<V>;
  readonly $lt?: Ordered<V>;
  readonly $lte?: Ordered<V>;
  /** Lower and upper bound, both included. */
  readonly $between?: readonly [Ordered<V>, Ordered<V>];
  readonly $in?: readonly Operand<V>[];
  readonly $nin?: readonly Operand<V>[];
  /** The field is a text or a number whose text matches. */
  readonly $regex?: RegExp;
  /** The field is a list, a text or a map that contains this item, text or key; or all of these. */
  readonly $contains?: Member<V>;
  /** True: the field is present. False: the field is absent. */
  readonly $exists?: boolean;
  /** The length of a list or a text. */
  readonly $size?: number;
}

/**
 * The condition of a field: a value that it has to equal, or operators. Lists, objects and bytes are compared by
 * value. An object whose members begin with `$` is operators; give `$eq` for a map with such keys.
 */
export type Condition<V> = Operand<Exclude<V, undefined>> | Operators<Exclude<V, undefined>>;

/**
 * A query: conditions of fields, named by their paths, `$and` and `$or`. All members have to hold; a member that is
 * undefined is left out. Through a list, a condition holds when it holds for any item. A path cannot name a map's key
 * that has dots itself: use the option `where` for that.
 */
export type Query<T> = { readonly [P in QueryPath<T>]?: Condition<ValueAt<T, P>> | undefined } & {
  readonly $and?: readonly Query<T>[] | undefined;
  /** An empty list finds nothing. */
  readonly $or?: readonly Query<T>[] | undefined;
};

/** The path of a field to sort by; `desc` reverses the order. */
export type SortKey<T> = SortPath<T> | { readonly by: SortPath<T>; readonly desc?: boolean | undefined };
