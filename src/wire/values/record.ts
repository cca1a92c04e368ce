import { brandAndFreeze } from './brand.ts';
import type { ReadonlyBytes } from './types.ts';

/**
 * Makes a constructor of plain objects from a function that assigns the members in a fixed order. Objects with the same
 * members set share one hidden class, and their mark is inside the object: docs/performance/v8.md#hidden-classes.
 */
export function recordConstructor<Fields extends object, Arguments extends readonly unknown[]>(
  assign: (this: Fields, ...values: Arguments) => void,
): new (...values: Arguments) => Fields {
  assign.prototype = Object.prototype;
  return assign as unknown as new (...values: Arguments) => Fields;
}

/** The mark of maps, which are not messages. */
export const mapBrand: object = Object.freeze({});

/**
 * An object without members of its own: it has those that a program added to `Object.prototype`. The engine knows that
 * there are none, so that generated code asks for them at no cost.
 */
export const emptyObject: { readonly [name: string]: unknown } = Object.freeze({});

/** The one empty list. */
export const emptyList: readonly never[] = Object.freeze([]);

/** The one empty map. */
export const emptyMap: { readonly [key: string]: never } = sealMap(newMap<never>());

/** The one empty sequence of bytes. It can be shared, because it has no byte that could be changed. */
export const emptyBytes: ReadonlyBytes = new Uint8Array(0);

/** A map without a prototype, in which every string is an ordinary key. */
export function newMap<V>(): { [key: string]: V } {
  return Object.create(null) as { [key: string]: V };
}

/** Freezes and marks a finished map. */
export function sealMap<V>(map: { [key: string]: V }): { readonly [key: string]: V } {
  return brandAndFreeze(map, mapBrand);
}

/** Freezes and marks a finished map. Without a map, the result is the shared empty one. */
export function sealEntries<V>(map: { [key: string]: V } | undefined): { readonly [key: string]: V } {
  return map === undefined ? emptyMap : sealMap(map);
}

/** A list that grew by `push` has spare room. Lists up to this length are copied to drop it. */
const longestTrimmed = 64;

/** Freezes a finished list. Without elements, the result is the shared empty list. */
export function sealList<T>(list: T[] | undefined): readonly T[] {
  if (list === undefined || list.length === 0) return emptyList;
  return Object.freeze(list.length <= longestTrimmed ? list.slice() : list);
}
