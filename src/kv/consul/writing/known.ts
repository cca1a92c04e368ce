import { lastIndexOf } from '../records/entry.ts';
import type { Entry } from '../records/entry.ts';

/** The most keys that are remembered. */
const mostKeys = 4096;

/**
 * Consul's numbers of keys that were read or written lately. Consul itself checks a condition on the last write of such
 * a key. A condition on another key takes a read before the write.
 */
export class KnownIndexes {
  readonly #indexes = new Map<string, { readonly lastIndex: bigint; readonly modifyIndex: number }>();

  learn(key: string, entry: Entry): void {
    this.#indexes.delete(key);
    this.#indexes.set(key, { lastIndex: lastIndexOf(entry), modifyIndex: entry.modifyIndex });
    if (this.#indexes.size <= mostKeys) return;
    for (const oldest of this.#indexes.keys()) {
      this.#indexes.delete(oldest);
      return;
    }
  }

  forget(key: string): void {
    this.#indexes.delete(key);
  }

  /** Consul's number of the key after the write `lastIndex`; undefined where it is not known. */
  of(key: string, lastIndex: bigint): number | undefined {
    const known = this.#indexes.get(key);
    return known?.lastIndex === lastIndex ? known.modifyIndex : undefined;
  }
}
