import { brandAndFreeze } from './brand.ts';
import type { ReadonlyBytes } from './types.ts';

/**
 * Makes a constructor of plain objects from a function that assigns the members in a fixed order. Unlike a literal,
 * such a constructor lets the engine find out how many members the objects get in the end, mark included, and keep them
 * all inside the object; and all objects with the same members set share one hidden class.
 */
export function recordConstructor<Fields extends object, Arguments extends readonly unknown[]>(
  assign: (this: Fields, ...values: Arguments) => void,
): new (...values: Arguments) => Fields {
  assign.prototype = Object.prototype;
  return assign as unknown as new (...values: Arguments) => Fields;
}

/** Marks maps; a mark of its own, because a map is no message. */
export const mapBrand: object = Object.freeze({});

/** The one empty list. */
export const emptyList: readonly never[] = Object.freeze([]);

/** The one empty map. */
export const emptyMap: { readonly [key: string]: never } = sealMap(newMap<never>());

/** The one empty sequence of bytes, which there is nothing to write to. */
export const emptyBytes: ReadonlyBytes = new Uint8Array(0);

/** A map without a prototype, in which every string is an ordinary key. */
export function newMap<V>(): { [key: string]: V } {
  return Object.create(null) as { [key: string]: V };
}

/** Freezes a finished map and marks it as one of ours. */
export function sealMap<V>(map: { [key: string]: V }): { readonly [key: string]: V } {
  return brandAndFreeze(map, mapBrand);
}

/** Freezes a finished map, if there is one: the empty one is shared. */
export function sealEntries<V>(map: { [key: string]: V } | undefined): { readonly [key: string]: V } {
  return map === undefined ? emptyMap : sealMap(map);
}

/** A list that was built by adding to it holds spare room; up to this length it is copied to lose it. */
const longestTrimmed = 64;

/** Freezes a finished list, if there is one: the empty one is shared. */
export function sealList<T>(list: T[] | undefined): readonly T[] {
  if (list === undefined || list.length === 0) return emptyList;
  return Object.freeze(list.length <= longestTrimmed ? list.slice() : list);
}
