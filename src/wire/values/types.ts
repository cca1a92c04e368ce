/**
 * A 64-bit integer as it is accepted: a number for every safe integer, a bigint for all others (a bigint that is a safe
 * integer is accepted and becomes a number). Objects that the store or a decoder made declare such fields as `number`:
 * there a value beyond 2^53 is a bigint at run time.
 */
export type Int64 = number | bigint;

/**
 * Bytes that must not be changed: a `Uint8Array` without its mutators. `new Uint8Array(…)`, `Buffer.from(…)`, a spread
 * and web crypto take it as it is. Pass `Buffer.from(bytes)` to a function that declares a mutable type (`hash.update`,
 * `writeFile`).
 */
export interface ReadonlyBytes extends Pick<Uint8Array<ArrayBuffer>, ReadingMember> {
  readonly [index: number]: number;
  readonly [Symbol.toStringTag]: 'Uint8Array';
  [Symbol.iterator](): ArrayIterator<number>;
}

type ReadingMember =
  | 'BYTES_PER_ELEMENT'
  | 'buffer'
  | 'byteLength'
  | 'byteOffset'
  | 'length'
  | 'at'
  | 'entries'
  | 'every'
  | 'filter'
  | 'find'
  | 'findIndex'
  | 'findLast'
  | 'findLastIndex'
  | 'forEach'
  | 'includes'
  | 'indexOf'
  | 'join'
  | 'keys'
  | 'lastIndexOf'
  | 'map'
  | 'reduce'
  | 'reduceRight'
  | 'slice'
  | 'some'
  | 'toLocaleString'
  | 'toReversed'
  | 'toSorted'
  | 'toString'
  | 'values'
  | 'with';

/** Bytes in an input, for example a `Buffer`. They are copied. */
export type BytesInput = ReadonlyBytes | Uint8Array;

/** A value that `JSON.stringify` writes and `JSON.parse` gives. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * A list inside a draft: reading gives drafts, adding takes inputs.
 *
 * An element that is assigned by index has to be complete; to set one from an input, use `splice`.
 */
export interface DraftList<Draft, Input = Draft> extends ReadonlyArray<Draft> {
  [index: number]: Draft;
  length: number;
  push(...items: readonly Input[]): number;
  unshift(...items: readonly Input[]): number;
  pop(): Draft | undefined;
  shift(): Draft | undefined;
  splice(start: number, deleteCount?: number): Draft[];
  splice(start: number, deleteCount: number, ...items: readonly Input[]): Draft[];
  fill(value: Draft, start?: number, end?: number): this;
  reverse(): Draft[];
  sort(compare?: (a: Draft, b: Draft) => number): this;
}

/** A map inside a draft. Entries are removed with `delete`. */
export interface DraftMap<Draft> {
  [key: string]: Draft;
}

/** The members of a message before they are checked. */
export type Unchecked<M> = { readonly [K in keyof M]?: unknown };

/** A message under construction. */
export type Writable<M> = { -readonly [K in keyof M]: M[K] };
