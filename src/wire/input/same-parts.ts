import { NodeBuffer } from '../../base/host/bytes.ts';
import type { ReadonlyBytes } from '../values/types.ts';

export function sameBytes(a: ReadonlyBytes, b: ReadonlyBytes): boolean {
  if (a.length !== b.length) return false;
  if (NodeBuffer !== undefined) return NodeBuffer.compare(a as Uint8Array, b as Uint8Array) === 0;
  return a.every((byte, position) => byte === b[position]);
}

export function sameElements<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

export function sameEntries<V>(
  map: { readonly [key: string]: V },
  keys: readonly string[],
  previous: { readonly [key: string]: V },
): boolean {
  for (const key of keys) if (map[key] !== previous[key]) return false;
  return keys.length === Object.keys(previous).length;
}
