import { lastIndexOf } from './entry.ts';
import type { Entry } from './entry.ts';

/** The most keys that are remembered. */
const mostKeys = 4096;

/** The last write of a key. */
interface Known {
  readonly lastIndex: bigint;
  readonly modifyIndex: number;
}

/**
 * Consul's numbers of keys that were read or written lately. Consul itself checks a condition on such a key: the number
 * changes with each write, and when the ttl of the key ends. A condition on another key takes a read before the write.
 */
export class KnownIndexes {
  readonly #indexes = new Map<string, Known>();

  /** Notes a key as a server has it. The key must not have expired. */
  learn(key: string, entry: Entry): void {
    this.#put(key, { lastIndex: lastIndexOf(entry), modifyIndex: entry.modifyIndex });
  }

  /**
   * Notes a write out of the log: of this number, in the transaction that Consul gave `modifyIndex`. `isDelete` tells
   * what the write did. An older write than the known one is no news.
   */
  learnWrite(key: string, number: number, modifyIndex: number, isDelete: boolean): void {
    const known = this.#indexes.get(key);
    if (known !== undefined && known.modifyIndex >= modifyIndex) return;
    if (isDelete) this.forget(key);
    else this.#put(key, { lastIndex: BigInt(number), modifyIndex });
  }

  forget(key: string): void {
    this.#indexes.delete(key);
  }

  /** Consul's number of the key after the write `lastIndex`; undefined where it is not known. */
  of(key: string, lastIndex: bigint): number | undefined {
    const known = this.#indexes.get(key);
    return known?.lastIndex === lastIndex ? known.modifyIndex : undefined;
  }

  /** Consul's number of the key after its last write that is known. */
  latest(key: string): number | undefined {
    return this.#indexes.get(key)?.modifyIndex;
  }

  #put(key: string, known: Known): void {
    this.#indexes.delete(key);
    this.#indexes.set(key, known);
    if (this.#indexes.size <= mostKeys) return;
    for (const oldest of this.#indexes.keys()) {
      this.#indexes.delete(oldest);
      return;
    }
  }
}
