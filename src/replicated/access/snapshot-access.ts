import { createHash } from 'node:crypto';
import { isKvError } from '../../errors/kv-error.ts';
import type { KvCondition, KvPair } from '../../kv/api/calls.ts';
import { decodeSnapshotHeader, decodeSnapshotPointer, encodeSnapshotPointer } from '../generated/log.ts';
import type { SnapshotHeader, SnapshotPointer } from '../generated/log.ts';
import { sameHash } from '../log/chain.ts';
import { corrupt, openPlain, sealPlain } from '../log/frame.ts';
import type { Frames } from '../log/frame.ts';
import { logRefused } from '../log/refusal.ts';
import { digits, slotOf } from '../log/layout.ts';
import type { Guard, LogAccess } from './log-access.ts';

/** The pointer to the newest snapshot, as it was read. */
export interface Pointer {
  readonly snapshot: SnapshotPointer;
  readonly lastIndex: bigint;
}

/** The chunks of a snapshot have vanished: a newer one took its place. */
export class SnapshotGone extends Error {
  override readonly name = 'SnapshotGone';
}

/** The bytes of a chunk, at most; a smaller value limit makes smaller chunks. */
const CHUNK_BYTES = 512 * 1024;

/**
 * Snapshots in a key/value store: a marker, numbered chunks, and one pointer to the newest complete snapshot. The first
 * chunk is the header: cluster, slot, version, hash and the table of the writers are part of the snapshot (trap 6).
 */
export class SnapshotAccess {
  readonly #access: LogAccess;
  readonly #frames: Frames;
  readonly #clusterId: string;

  constructor(access: LogAccess, frames: Frames, clusterId: string) {
    this.#access = access;
    this.#frames = frames;
    this.#clusterId = clusterId;
  }

  /** The bytes of contents that fit into one chunk. */
  get chunkBytes(): number {
    return Math.max(1, Math.min(CHUNK_BYTES, this.#access.kv.limits.valueBytes - this.#frames.overhead));
  }

  /** The pointer; undefined before the first snapshot. Throws `ERR_LOG_REFUSED`. */
  async pointer(signal?: AbortSignal): Promise<Pointer | undefined> {
    const pair = await this.#access.read(this.#access.keys.pointer, signal);
    return pair === undefined ? undefined : this.pointerOf(pair);
  }

  pointerOf(pair: KvPair): Pointer {
    const place = this.#access.keys.place(this.#access.keys.pointer);
    const body = openPlain(place, pair.value);
    let snapshot;
    try {
      snapshot = decodeSnapshotPointer(body);
    } catch (cause) {
      throw corrupt(place, 'it is no pointer to a snapshot', cause);
    }
    if (snapshot.clusterId !== this.#clusterId) {
      throw logRefused(
        'foreign',
        place,
        `the snapshot belongs to the cluster ${snapshot.clusterId}, and this log to ${this.#clusterId}`,
      );
    }
    return { snapshot, lastIndex: pair.lastIndex };
  }

  /** The header of a snapshot. Rejects with {@link SnapshotGone} where a newer snapshot took its place. */
  async header({ snapshot }: Pointer, signal?: AbortSignal): Promise<SnapshotHeader> {
    const body = await this.#chunk(snapshot, 0, signal);
    const place = this.#place(snapshot.id, 0);
    let header;
    try {
      header = decodeSnapshotHeader(body);
    } catch (cause) {
      throw corrupt(place, 'it is no header of a snapshot', cause);
    }
    if (header.slot !== snapshot.slot || header.version !== snapshot.version)
      throw corrupt(place, 'the header is that of another slot than the pointer says');
    return header;
  }

  /**
   * The contents of a snapshot, chunk by chunk. They are complete when the last one was given. The next chunk is read
   * while the reader works on the one before.
   */
  async *contents({ snapshot }: Pointer, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const hash = createHash('sha256');
    let bytes = 0;
    const read = (number: number): Promise<Uint8Array> | undefined => {
      const chunk = number < snapshot.chunks ? this.#chunk(snapshot, number, signal) : undefined;
      // The failure is met when the chunk is awaited, and by nobody after the reader has left.
      chunk?.catch(() => undefined);
      return chunk;
    };
    let next = read(1);
    for (let number = 1; next !== undefined; number += 1) {
      const body = await next;
      next = read(number + 1);
      bytes += body.length;
      hash.update(body);
      yield body;
    }
    if (bytes !== snapshot.bytes || !sameHash(hash.digest(), snapshot.sha256))
      throw corrupt(
        this.#access.keys.place(this.#access.keys.snapshot(snapshot.id)),
        'its hash does not fit its bytes',
      );
  }

  /** Begins the chunks of a new snapshot. */
  async begin(id: string, header: Uint8Array, signal?: AbortSignal): Promise<NewSnapshot> {
    const marker = this.#access.keys.snapshot(id);
    await this.#access.write([{ key: marker, exists: false }], [{ type: 'put', key: marker, value: '' }], signal);
    const created = new NewSnapshot(id, (number, body) => this.#write(id, number, body, signal));
    await created.header(header);
    return created;
  }

  /**
   * Makes a complete snapshot the newest one, in one transaction: unless another one was published meanwhile, its
   * marker was removed, or the log was replaced. False: it was not published.
   */
  async publish(
    { id, chunks, bytes, sha256 }: NewSnapshot,
    { slot, version }: { readonly slot: number; readonly version: number },
    before: Pointer | undefined,
    guard: Guard,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { keys } = this.#access;
    const body = encodeSnapshotPointer({ clusterId: this.#clusterId, id, slot, version, chunks, bytes, sha256 });
    try {
      await this.#access.write(
        [
          unchanged(keys.pointer, before),
          { key: keys.snapshot(id), exists: true },
          { key: keys.cluster, lastIndex: guard.lastIndex },
        ],
        [{ type: 'put', key: keys.pointer, value: sealPlain(body) }],
        signal,
      );
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }

  /**
   * Removes a snapshot, unless it is the newest one: its marker first, so that nobody can write or publish more of it.
   * The answer of a publication can be lost, so the pointer decides, in the transaction that removes the marker.
   * Resolves to false where the snapshot is the newest one.
   */
  async remove(id: string, signal?: AbortSignal): Promise<boolean> {
    const { kv, keys } = this.#access;
    const marker = keys.snapshot(id);
    for (;;) {
      const newest = await this.pointer(signal);
      if (newest?.snapshot.id === id) return false;
      try {
        await this.#access.write([unchanged(keys.pointer, newest)], [{ type: 'delete', key: marker }], signal);
        break;
      } catch (error) {
        // Another snapshot was published meanwhile.
        if (!isRefusal(error)) throw error;
      }
    }
    await this.#access.timed(signal, (limited) => kv.deleteRange(marker, { signal: limited }));
    return true;
  }

  /**
   * Removes every snapshot that the newest one makes useless: those of earlier slots, and others of its slot. A member
   * that is loading one of them starts again from the newest.
   */
  async removeOlder({ snapshot }: Pointer, signal?: AbortSignal): Promise<void> {
    for (const id of await this.ids(signal)) {
      if (id !== snapshot.id && (slotOf(id) ?? 0) <= snapshot.slot) await this.remove(id, signal);
    }
  }

  /** The names of all snapshots that have a marker or chunks. */
  async ids(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const { kv, keys } = this.#access;
    const ids = new Set<string>();
    let after: string | undefined;
    for (;;) {
      const pairs = await this.#access.timed(signal, (limited) =>
        kv.list(keys.snapshots, {
          keysOnly: true,
          limit: 500,
          signal: limited,
          ...(after === undefined ? {} : { after }),
        }),
      );
      for (const { key } of pairs) ids.add(key.slice(keys.snapshots.length + 1).split('/', 1)[0] as string);
      after = pairs.at(-1)?.key;
      if (after === undefined || pairs.length < 500) return ids;
    }
  }

  async #write(id: string, number: number, body: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const { keys } = this.#access;
    const value = this.#frames.seal(this.#clusterId, this.#place(id, number), body);
    await this.#access.write(
      [{ key: keys.snapshot(id), exists: true }],
      [{ type: 'put', key: keys.chunk(id, number), value }],
      signal,
    );
  }

  async #chunk({ id }: SnapshotPointer, number: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const pair = await this.#access.read(this.#access.keys.chunk(id, number), signal);
    if (pair === undefined) throw new SnapshotGone(`chunk ${number} of the snapshot ${id} is gone`);
    return this.#frames.open(this.#clusterId, this.#place(id, number), pair.value);
  }

  #place(id: string, number: number): string {
    return this.#access.keys.place(this.#access.keys.chunk(id, number));
  }
}

/** A snapshot that is being written. */
export class NewSnapshot {
  readonly id: string;
  readonly #write: (number: number, body: Uint8Array) => Promise<void>;
  readonly #hash = createHash('sha256');
  #chunks = 0;
  #bytes = 0;
  #sha256: Uint8Array | undefined;

  constructor(id: string, write: (number: number, body: Uint8Array) => Promise<void>) {
    this.id = id;
    this.#write = write;
  }

  /** The number of chunks, the header included. */
  get chunks(): number {
    return this.#chunks;
  }

  /** The bytes of the contents. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The hash of the contents; nothing can be added after it was read. */
  get sha256(): Uint8Array {
    this.#sha256 ??= this.#hash.digest();
    return this.#sha256;
  }

  async header(body: Uint8Array): Promise<void> {
    await this.#write(this.#chunks, body);
    this.#chunks += 1;
  }

  /** Writes the next chunk. Rejects when the marker was removed. */
  async add(body: Uint8Array): Promise<void> {
    this.#hash.update(body);
    this.#bytes += body.length;
    await this.#write(this.#chunks, body);
    this.#chunks += 1;
  }
}

/** The name of a snapshot: the slots of the names are in order. */
export function snapshotId(slot: number, incarnation: string, count: number): string {
  return `${digits(slot)}-${incarnation}-${count}`;
}

/** True for a write whose conditions did not hold: another member was faster, or removed the snapshot. */
export function isRefusal(error: unknown): boolean {
  return (
    isKvError(error, 'ERR_KV_KEY_MODIFIED') ||
    isKvError(error, 'ERR_KV_KEY_EXISTS') ||
    isKvError(error, 'ERR_KV_KEY_NOT_FOUND')
  );
}

/** The condition that the pointer is still the one that was read. */
function unchanged(key: string, pointer: Pointer | undefined): KvCondition {
  return pointer === undefined ? { key, exists: false } : { key, lastIndex: pointer.lastIndex };
}
