import { retryDelay } from '../../base/retry-delay.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import type { Guard, LogAccess } from '../access/log-access.ts';
import { snapshotId } from '../access/snapshot-access.ts';
import type { NewSnapshot, Pointer, SnapshotAccess } from '../access/snapshot-access.ts';
import { trimLog } from '../access/trim.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import { encodeSnapshotHeader } from '../generated/log.ts';
import type { ContentsHash } from '../generated/log.ts';
import type { Entry } from '../log/entry.ts';
import type { Frames } from '../log/frame.ts';
import type { Position } from '../log/position.ts';
import { schemaOf } from '../log/schema.ts';
import { ChunkSink } from './chunk-sink.ts';
import { encodeSmall } from './encoded-contents.ts';
import type { Taker } from '../state/taker.ts';

/** When snapshots are made, and how much of the log is kept behind them. */
export interface SnapshotOptions {
  /**
   * Entries after which a snapshot is due. Undefined: as soon as the log behind the last one has as many bytes as it.
   */
  readonly snapshotEvery: number | undefined;
  /** Entries in front of a snapshot that a trim leaves; 1 or more. */
  readonly keepEntries: number;
  /** The member writes nothing. */
  readonly readOnly: boolean;
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
  /** Told of the hash of a snapshot that the others compare with theirs. */
  readonly hashed: (contents: ContentsHash) => void;
}

/** The log behind a snapshot has at least so many bytes before the next one is due. */
const LEAST_BYTES = 256 * 1024;

/** Other members than the writer of the entry that made a snapshot due wait until it is so much more due. */
const OTHERS_WAIT = 1.5;

/** Bytes of an entry besides its requests, about. */
const ENTRY_BYTES = 512;

const PAUSES = { initialMs: 100, maxMs: 10_000, factor: 2 };

/** A state to be saved, and its place in the log: taken in one step, so that they belong together (trap 6). */
interface Captured {
  readonly position: Position;
  readonly header: Uint8Array;
  readonly write: (snapshot: NewSnapshot) => Promise<void>;
  /** Lets go of contents that are not to be written. */
  readonly drop: () => void;
}

/** Makes snapshots when they are due, and trims the log behind them. */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #ended = new AbortController();
  #newest: { readonly slot: number; readonly bytes: number } = { slot: 0, bytes: 0 };
  #making: Promise<void> | undefined;
  /** The slot of the last entry that asked for a snapshot and a comparison. */
  #asked = 0;
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

  /**
   * Whether the next entry, with so many bytes of requests, makes a snapshot due. Its writer makes a snapshot of
   * exactly that slot, so that the other members can look at their contents in the same slot.
   */
  isDueWith(bytes: number): boolean {
    if (this.#making !== undefined || this.#ended.signal.aborted) return false;
    const next = { entries: 1, bytes: bytes + ENTRY_BYTES };
    return this.#hasGrown(this.#newest.slot, 1, next) && this.#hasGrown(this.#asked, 1, next);
  }

  /**
   * An entry was taken: a snapshot may be due. The writer of the entry that asked for it makes it. Others wait a little
   * longer, because that writer may be slow.
   */
  taken(entry: Entry): void {
    if (entry.compares === true) this.#asked = entry.slot;
    if (this.#parts.options.readOnly || this.#making !== undefined || this.#ended.signal.aborted) return;
    const own = entry.incarnation === this.#parts.incarnation();
    const captured = own && entry.compares === true ? this.#captureNow() : undefined;
    if (captured !== undefined || this.#isDue(own ? 1 : OTHERS_WAIT)) this.#start(captured);
  }

  /** Behind an entry that asked for a snapshot, the log has to grow before another one is due. */
  #isDue(factor: number): boolean {
    const isAsked = this.#asked > this.#newest.slot;
    return this.#hasGrown(this.#newest.slot, factor) && (!isAsked || this.#hasGrown(this.#asked, OTHERS_WAIT - 1));
  }

  /** Whether the log behind a slot, with the entries to come, has so much of what makes a snapshot due. */
  #hasGrown(slot: number, factor: number, next = { entries: 0, bytes: 0 }): boolean {
    const { taker, options } = this.#parts;
    if (options.snapshotEvery !== undefined)
      return taker.position.slot + next.entries - slot >= factor * options.snapshotEvery;
    const due = factor * Math.max(this.#newest.bytes, LEAST_BYTES);
    return taker.state.seen.bytesAfter(slot) + next.bytes >= due;
  }

  /** `captured`: contents that were taken behind an entry that asked for them. */
  #start(captured: Captured | undefined): void {
    const { superseded } = this;
    this.#making = this.#make(captured)
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
        this.#asked = 0;
        // The snapshot that came first may be one of long ago: the log that made this one due is still there.
        const isLate = this.superseded > superseded && !this.#ended.signal.aborted;
        if (isLate && this.#isDue(1)) this.#start(undefined);
      });
  }

  async #make(asked: Captured | undefined): Promise<void> {
    const { snapshots } = this.#parts;
    let captured = asked;
    try {
      const before = await snapshots.pointer(this.#ended.signal);
      if (before !== undefined) this.found(before);
      if (captured === undefined && !this.#isDue(1)) return;
      captured ??= await this.#capture();
      if (captured === undefined || captured.position.slot <= (before?.snapshot.slot ?? -1)) return;
      await this.#write(captured, before, captured === asked);
    } finally {
      captured?.drop();
    }
  }

  /** Writes and publishes a snapshot. `isAsked`: the other members compare it with their contents. */
  async #write(captured: Captured, before: Pointer | undefined, isAsked: boolean): Promise<void> {
    const { snapshots, taker, guard, hashed } = this.#parts;
    const { signal } = this.#ended;
    const { position } = captured;
    const id = snapshotId(position.slot, this.#parts.incarnation(), this.#count);
    this.#count += 1;
    let published = false;
    try {
      const snapshot = await snapshots.begin(id, captured.header, signal);
      await captured.write(snapshot);
      if (isAsked) hashed({ slot: position.slot, sha256: snapshot.sha256 });
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
    if (!taker.isAt(current.version?.index)) return undefined;
    const header = encodeSnapshotHeader({
      clusterId,
      ...position,
      schema: schemaOf(state.terms.size > 0),
      incarnations: [...state.writers.records()],
      terms: [...state.terms.marks()],
    });
    const size = snapshots.chunkBytes;
    const small = encodeSmall(current);
    if (small !== undefined)
      return { position, header, write: (snapshot) => writeChunks(snapshot, small, size), drop: () => undefined };
    // The stream starts now, on the state of the header, and waits for the snapshot that takes its chunks.
    const sink = new ChunkSink(size);
    const dropped = new AbortController();
    const saved = current.saveTo(sink, { signal: AbortSignal.any([this.#ended.signal, dropped.signal]) });
    saved.catch(() => undefined);
    return {
      position,
      header,
      write: (snapshot) => {
        sink.open(snapshot);
        return saved;
      },
      drop: () => dropped.abort(new Error('the snapshot is not written')),
    };
  }
}

/** Writes bytes as chunks of a snapshot. */
async function writeChunks(snapshot: NewSnapshot, bytes: Uint8Array, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) await snapshot.add(bytes.subarray(at, at + size));
}
