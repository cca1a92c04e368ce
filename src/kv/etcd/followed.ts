import { crc32c } from '../../base/crc32c.ts';
import { isWithoutRevision } from './connection/failure.ts';
import { readPages } from './pages.ts';
import type { KvPair } from '../api/calls.ts';
import type { DriverStep } from '../backend/driver.ts';
import type { EtcdConnection } from './connection/connection.ts';
import type { KeyRange, Keyspace } from './keyspace.ts';

/** A pair without its value. */
interface Seen {
  readonly key: string;
  readonly lastIndex: bigint;
  readonly checksum: number;
}

/**
 * The state that the reader of a watch knows: each key with the number of its last write, and a checksum of the newest
 * value. The values are not kept. O(keys) of memory.
 */
export class FollowedState {
  #indexes = new Map<string, bigint>();
  #newest: Seen | undefined;

  take(step: DriverStep): void {
    if (step.state !== undefined) {
      this.#indexes = new Map();
      this.#newest = undefined;
      for (const pair of step.state) this.#put(pair);
      return;
    }
    for (const { key, pair } of step.changes) {
      if (pair !== undefined) this.#put(pair);
      else this.#delete(key);
    }
  }

  /**
   * True when the servers had this state at `revision`, so that the changes behind it continue what the reader knows.
   * Servers that were set back to a backup and written to since had another state then, or have no such revision.
   */
  async isThatOf(
    connection: EtcdConnection,
    keyspace: Keyspace,
    range: KeyRange,
    revision: bigint,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const call = { kind: 'read', revision, signal } as const;
      const { pairs } = await readPages(connection, range, { ...call, keysOnly: true });
      let same = 0;
      for (const { key, modRevision } of pairs) {
        const own = keyspace.keyOf(key);
        if (own === undefined) continue;
        if (this.#indexes.get(own) !== modRevision) return false;
        same++;
      }
      if (same !== this.#indexes.size) return false;
      if (this.#newest === undefined) return true;
      // A writer that does the same again after a loss may hit the same revision, with another value.
      const newest = { key: keyspace.bytesOf(this.#newest.key), rangeEnd: undefined };
      const [pair] = (await readPages(connection, newest, call)).pairs;
      return pair !== undefined && crc32c(pair.value) === this.#newest.checksum;
    } catch (error) {
      if (isWithoutRevision(error)) return false;
      throw error;
    }
  }

  #put({ key, lastIndex, value }: KvPair): void {
    this.#indexes.set(key, lastIndex);
    if (this.#newest === undefined || lastIndex >= this.#newest.lastIndex)
      this.#newest = { key, lastIndex, checksum: crc32c(value) };
  }

  #delete(key: string): void {
    this.#indexes.delete(key);
    // The newest of the others is not known. Their numbers are compared.
    if (this.#newest?.key === key) this.#newest = undefined;
  }
}
