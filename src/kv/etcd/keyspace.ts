import { normalKey } from '../api/key.ts';
import type { DriverRange, DriverTarget } from '../backend/driver.ts';

/** A range of etcd's keys: from `key` up to `rangeEnd`, or `key` alone without an end. */
export interface KeyRange {
  readonly key: Buffer;
  readonly rangeEnd: Buffer | undefined;
}

/** The largest byte of a key is below this: no UTF-8 has it. */
const beyondText = 0xff;

/** As both ends of a range: every key. */
const zero = Buffer.of(0);

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The keys of a store among those of the servers: all of them, or those below a prefix. */
export class Keyspace {
  /** Empty, or the prefix with a slash. */
  readonly #base: string;
  readonly #baseBytes: Buffer;

  /** `prefix` is a key in normal form, or empty. */
  constructor(prefix: string) {
    this.#base = prefix === '' ? '' : `${prefix}/`;
    this.#baseBytes = Buffer.from(this.#base);
  }

  /** True when other programs may keep keys among those of the store. */
  get isShared(): boolean {
    return this.#base === '';
  }

  bytesOf(key: string): Buffer {
    return Buffer.from(this.#base + key);
  }

  rangeOf(target: DriverTarget): KeyRange {
    if (target.key !== undefined) return { key: this.bytesOf(target.key), rangeEnd: undefined };
    const prefix = this.bytesOf(target.prefix);
    if (prefix.length === 0) return { key: zero, rangeEnd: zero };
    return { key: prefix, rangeEnd: Buffer.concat([prefix, Buffer.of(beyondText)]) };
  }

  /** The keys of a prefix between two others. Empty when the end is not behind the beginning. */
  between({ prefix, after, before }: DriverRange): KeyRange {
    const { key, rangeEnd } = this.rangeOf({ prefix });
    const first = after === undefined ? key : Buffer.concat([this.bytesOf(after), zero]);
    const end = before === undefined ? rangeEnd : this.bytesOf(before);
    return {
      key: first.compare(key) > 0 ? first : key,
      rangeEnd: rangeEnd === undefined || end === undefined || isBefore(end, rangeEnd) ? end : rangeEnd,
    };
  }

  /**
   * The key of the store that has these bytes. Undefined for keys that no store writes: beside the prefix, not in
   * normal form, or no text. Other programs have such keys, and `get` refuses them.
   */
  keyOf(bytes: Uint8Array): string | undefined {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const base = this.#baseBytes.length;
    if (base > 0 && !all.subarray(0, base).equals(this.#baseBytes)) return undefined;
    try {
      const key = textOf(all.subarray(base));
      return normalKey(key) === key ? key : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Throws for bytes that are no UTF-8. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  return text.includes('\ufffd') ? strict.decode(bytes) : text;
}

/** True when `key` is in the range. */
export function isInRange(key: Uint8Array, { key: first, rangeEnd }: KeyRange): boolean {
  if (rangeEnd === undefined) return first.equals(key);
  return first.compare(key) <= 0 && (rangeEnd === zero || rangeEnd.compare(key) > 0);
}

/** Compares two ends of ranges, the second of which may be that of all keys. */
function isBefore(end: Buffer, other: Buffer): boolean {
  return end !== zero && (other === zero || end.compare(other) < 0);
}

/** The part of a range that is behind `key`, or before it. */
export function rest(key: Uint8Array, range: KeyRange, isReverse: boolean): KeyRange {
  if (isReverse) return { key: range.key, rangeEnd: Buffer.from(key) };
  return { key: Buffer.concat([key, zero]), rangeEnd: range.rangeEnd };
}

/** The parts of a range that are left when these keys, in their order, are taken out. O(keys). */
export function rangesWithout(keys: readonly Uint8Array[], range: KeyRange): readonly KeyRange[] {
  const parts: KeyRange[] = [];
  let left = range;
  for (const key of keys) {
    if (left.key.compare(key) < 0) parts.push(rest(key, left, true));
    left = rest(key, left, false);
  }
  parts.push(left);
  return parts;
}
