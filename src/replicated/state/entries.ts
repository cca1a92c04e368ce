import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import { decodeEntryRequests, encodeEntryRequests } from '../generated/log.ts';
import type { EntryParts } from '../generated/log.ts';
import type { LogAccess } from '../access/log-access.ts';
import { hashOf, sameHash } from '../log/chain.ts';
import { decodeEntry, encodeEntry, entryName, writtenEntry } from '../log/entry.ts';
import type { Entry, NewEntry } from '../log/entry.ts';
import { corrupt } from '../log/frame.ts';
import type { Frames } from '../log/frame.ts';

/** An entry that is ready to be created. */
export interface SealedEntry {
  readonly entry: Entry;
  readonly value: Uint8Array;
}

/** Bytes of an entry besides its requests, at most. */
const ENTRY_OVERHEAD = 512;

/** Writes entries as values and reads them, parts included. */
export class Entries {
  readonly #access: LogAccess;
  readonly #frames: Frames;
  readonly #clusterId: string;

  constructor(access: LogAccess, frames: Frames, clusterId: string) {
    this.#access = access;
    this.#frames = frames;
    this.#clusterId = clusterId;
  }

  /** The bytes of requests that fit into one value. */
  get capacity(): number {
    return this.#access.kv.limits.valueBytes - this.#frames.overhead - ENTRY_OVERHEAD;
  }

  /** The value of an entry whose requests fit, or whose parts were written. */
  seal(entry: NewEntry): SealedEntry {
    const body = encodeEntry(entry);
    return {
      entry: writtenEntry(entry, body),
      value: this.#frames.seal(this.#clusterId, this.#place(entry.slot), body),
    };
  }

  /** The entry in the value of a slot. Throws `ERR_LOG_REFUSED`. */
  open(slot: number, value: Uint8Array): Entry {
    const place = this.#place(slot);
    return decodeEntry(this.#clusterId, slot, place, this.#frames.open(this.#clusterId, place, value));
  }

  /**
   * Writes the requests of a large entry beside the log. Each part asserts that the entry before the slot is there: a
   * paused writer cannot write parts of a slot that was trimmed and cleaned. Rejects as `KvStore.transaction` does.
   */
  async writeParts(entry: NewEntry, signal: AbortSignal | undefined): Promise<EntryParts> {
    const bytes = encodeEntryRequests({ requests: entry.requests });
    const size = this.capacity;
    const count = Math.ceil(bytes.length / size);
    const { keys } = this.#access;
    for (let number = 0; number < count; number += 1) {
      const key = keys.part(entry.slot, entryName(entry), number);
      const part = bytes.subarray(number * size, (number + 1) * size);
      await this.#access.write(
        [{ key: keys.entry(entry.slot - 1), exists: true }],
        [{ type: 'put', key, value: this.#frames.seal(this.#clusterId, keys.place(key), part) }],
        signal,
      );
    }
    return { count, bytes: bytes.length, sha256: hashOf(bytes) };
  }

  /** Deletes the parts of an entry that lost its slot. */
  async removeParts(entry: NewEntry): Promise<void> {
    const { kv, keys } = this.#access;
    const prefix = `${keys.partsOfSlot(entry.slot)}/${entryName(entry)}`;
    await this.#access.timed(undefined, (signal) => kv.deleteRange(prefix, { signal }));
  }

  /**
   * The transactions of an entry. Undefined: its parts are gone, because the slot was trimmed. Throws
   * `ERR_LOG_REFUSED`.
   */
  async transactionsOf(entry: Entry, signal?: AbortSignal): Promise<readonly (readonly StoreAction[])[] | undefined> {
    return entry.parts === undefined ? this.transactions(entry) : this.#fromParts(entry, entry.parts, signal);
  }

  /** The transactions of an entry without parts. */
  transactions(entry: Entry): readonly (readonly StoreAction[])[] {
    return this.#decode(entry, entry.requests);
  }

  async #fromParts(
    entry: Entry,
    { count, bytes, sha256 }: EntryParts,
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly StoreAction[])[] | undefined> {
    const { keys } = this.#access;
    const parts: Uint8Array[] = [];
    for (let number = 0; number < count; number += 1) {
      const key = keys.part(entry.slot, entryName(entry), number);
      const pair = await this.#access.read(key, signal);
      if (pair === undefined) return undefined;
      parts.push(this.#frames.open(this.#clusterId, keys.place(key), pair.value));
    }
    const all = Buffer.concat(parts);
    if (all.length !== bytes || !sameHash(hashOf(all), sha256))
      throw corrupt(this.#place(entry.slot), 'its parts do not fit its hash');
    return this.#decode(entry, decodeEntryRequests(all).requests);
  }

  #decode(entry: Entry, requests: readonly Uint8Array[]): readonly (readonly StoreAction[])[] {
    if (requests.length !== entry.count) throw corrupt(this.#place(entry.slot), 'it has not all its transactions');
    try {
      return requests.map((request) => InternalRaftRequest.decode(request).action);
    } catch (cause) {
      throw corrupt(this.#place(entry.slot), 'one of its transactions cannot be decoded', cause);
    }
  }

  #place(slot: number): string {
    return this.#access.keys.place(this.#access.keys.entry(slot));
  }
}
