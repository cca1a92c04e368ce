import { crc32c } from '../../base/crc32c.ts';
import { retryDelay } from '../../base/retry-delay.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { sealOf } from '../../wire/snapshot/seal.ts';
import type { Guard, LogAccess } from '../access/log-access.ts';
import { snapshotId } from '../access/snapshot-access.ts';
import type { NewSnapshot, Pointer, SnapshotAccess } from '../access/snapshot-access.ts';
import { trimLog } from '../access/trim.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import { encodeSnapshotHeader } from '../generated/log.ts';
import type { Entry } from '../log/entry.ts';
import type { Frames } from '../log/frame.ts';
import type { Position } from '../log/position.ts';
import { schemaOf } from '../log/schema.ts';
import { ChunkSink } from './chunk-sink.ts';
import type { Taker } from '../state/taker.ts';

/** When snapshots are made, and how much of the log is kept behind them. */
export interface SnapshotOptions {
  /**
   * Entries after which a snapshot is due. Undefined: as soon as the log behind the last one has as many bytes as it.
   */
  readonly snapshotEvery: number | undefined;
  /** Entries in front of a snapshot that a trim leaves; 1 or more. */
  readonly keepEntries: number;
}

/** The parts of a member that its snapshots need. */
export interface SnapshotParts {
  readonly env: Env;
  readonly access: LogAccess;
  readonly frames: Frames;
  readonly snapshots: SnapshotAccess;
  readonly taker: Taker;
  readonly clusterId: string;
  readonly options: SnapshotOptions;
  readonly store: () => MemoryStore;
  readonly incarnation: () => string;
  readonly guard: () => Guard;
  readonly readGuard: () => Promise<void>;
}

/** The log behind a snapshot has at least so many bytes before the next one is due. */
const LEAST_BYTES = 256 * 1024;

/** Other members than the writer of the entry that made a snapshot due wait until it is so much more due. */
const OTHERS_WAIT = 1.5;

/** Contents of so many rows are encoded in one step, larger ones in slices beside the readers and writers. */
const SMALL_ROWS = 500;

const PAUSES = { initialMs: 100, maxMs: 10_000, factor: 2 };

/** A state to be saved, and its place in the log: taken in one step, so that they belong together (trap 6). */
interface Captured {
  readonly position: Position;
  readonly header: Uint8Array;
  readonly write: (snapshot: NewSnapshot) => Promise<void>;
}

/** Makes snapshots when they are due, and trims the log behind them. */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #ended = new AbortController();
  #newest: { readonly slot: number; readonly bytes: number } = { slot: 0, bytes: 0 };
  #making: Promise<void> | undefined;
  #count = 0;
  #failures = 0;
  /** The number of snapshots that this member published. */
  published = 0;
  /** Snapshots that another member's came before. */
  superseded = 0;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** The slot of the newest snapshot that is known. */
  get newestSlot(): number {
    return this.#newest.slot;
  }

  close(): Promise<void> {
    this.#ended.abort(new Error('the store was closed'));
    return this.#making ?? Promise.resolve();
  }

  /** Another snapshot was found. */
  found({ snapshot: { slot, bytes } }: Pointer): void {
    if (slot >= this.#newest.slot) this.#newest = { slot, bytes };
  }

  /** An entry was taken: a snapshot may be due. The writer of the entry makes it; others wait a little longer. */
  taken(entry: Entry): void {
    if (this.#making !== undefined || this.#ended.signal.aborted) return;
    const own = entry.incarnation === this.#parts.incarnation();
    if (this.#isDue(own ? 1 : OTHERS_WAIT)) this.#start();
  }

  #isDue(factor: number): boolean {
    const { taker, options } = this.#parts;
    const { slot, bytes } = this.#newest;
    if (options.snapshotEvery !== undefined) return taker.position.slot - slot >= factor * options.snapshotEvery;
    return taker.state.seen.bytesAfter(slot) >= factor * Math.max(bytes, LEAST_BYTES);
  }

  #start(): void {
    this.#making = this.#make()
      .then(
        () => {
          this.#failures = 0;
        },
        () => {
          this.#failures += 1;
          return sleep(this.#parts.env.idle, retryDelay(PAUSES, this.#failures), this.#ended.signal);
        },
      )
      .finally(() => {
        this.#making = undefined;
      });
  }

  async #make(): Promise<void> {
    const { snapshots, taker, guard } = this.#parts;
    const { signal } = this.#ended;
    const before = await snapshots.pointer(signal);
    if (before !== undefined) this.found(before);
    if (!this.#isDue(1)) return;
    const captured = await this.#capture();
    if (captured === undefined || captured.position.slot <= (before?.snapshot.slot ?? -1)) return;
    const { position } = captured;
    const id = snapshotId(position.slot, this.#parts.incarnation(), this.#count);
    this.#count += 1;
    let published = false;
    try {
      const snapshot = await snapshots.begin(id, captured.header, signal);
      await captured.write(snapshot);
      published = await snapshots.publish(snapshot, position, before, guard(), signal);
    } finally {
      // Nobody can say what a lost answer was: a snapshot that turns out to be the newest one stays.
      if (!published) {
        const removing = snapshots.remove(id);
        published = await removing.then(
          (removed) => !removed,
          () => false,
        );
      }
    }
    const newest = await snapshots.pointer(signal);
    if (newest !== undefined) this.found(newest);
    if (!published) {
      this.superseded += 1;
      // The guard may have changed, or another member's snapshot came first.
      await this.#parts.readGuard();
      return;
    }
    this.published += 1;
    if (newest === undefined || taker.stopped !== undefined) return;
    await this.#clean(newest);
  }

  /** Trims the log behind the newest snapshot, and removes the older ones. */
  async #clean(newest: Pointer): Promise<void> {
    const { access, frames, snapshots, options, guard, readGuard } = this.#parts;
    const { signal } = this.#ended;
    // The newest entry always stays, and the floor never passes the snapshot.
    const floor = newest.snapshot.slot - Math.max(1, options.keepEntries);
    if (floor >= 0) {
      await readGuard();
      if (await trimLog(access, frames, guard(), Math.max(floor, guard().record.floor), signal)) await readGuard();
    }
    await snapshots.removeOlder(newest, signal);
  }

  /** The contents with their place in the log. Waits for a moment when the store has everything it was given. */
  async #capture(): Promise<Captured | undefined> {
    const { taker } = this.#parts;
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const captured = this.#captureNow();
      if (captured !== undefined) return captured;
      await taker.applied;
      if (this.#ended.signal.aborted) return undefined;
    }
    return undefined;
  }

  #captureNow(): Captured | undefined {
    const { taker, store, clusterId, snapshots } = this.#parts;
    const { position, state } = taker;
    const current = store();
    if (current.version?.index !== position.version) return undefined;
    const header = encodeSnapshotHeader({
      clusterId,
      ...position,
      schema: schemaOf(state.terms.size > 0),
      incarnations: [...state.writers.records()],
      terms: [...state.terms.marks()],
    });
    const objects = Object.values(current.stats().rows).reduce((sum, rows) => sum + rows, 0);
    const size = snapshots.chunkBytes;
    if (objects <= SMALL_ROWS) {
      const contents = StoreSnapshot.encode(current.save());
      const sealed = Buffer.concat([contents, sealOf(objects, crc32c(contents))]);
      return { position, header, write: (snapshot) => writeChunks(snapshot, sealed, size) };
    }
    // The stream starts now, on the state of the header, and waits for the snapshot that takes its chunks.
    const sink = new ChunkSink(size);
    const saved = current.saveTo(sink, { signal: this.#ended.signal });
    saved.catch(() => undefined);
    return {
      position,
      header,
      write: (snapshot) => {
        sink.open(snapshot);
        return saved;
      },
    };
  }
}

/** Writes bytes as chunks of a snapshot. */
async function writeChunks(snapshot: NewSnapshot, bytes: Uint8Array, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) await snapshot.add(bytes.subarray(at, at + size));
}
