import { retryDelay } from '../../base/retry-delay.ts';
import { isStoreError } from '../../errors/store-error.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { SnapshotGone } from '../access/snapshot-access.ts';
import type { Pointer, SnapshotAccess } from '../access/snapshot-access.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import type { SnapshotHeader } from '../generated/log.ts';
import { corrupt } from '../log/frame.ts';
import { Incarnations } from '../log/incarnations.ts';
import { logRefused } from '../log/refusal.ts';
import { SCHEMA } from '../log/schema.ts';
import { Terms } from '../log/terms.ts';
import type { Availability } from '../state/availability.ts';
import type { Taker } from '../state/taker.ts';

/** The parts of a member that a reload works with. */
export interface ReloadParts {
  readonly env: Env;
  readonly snapshots: SnapshotAccess;
  readonly taker: Taker;
  readonly availability: Availability;
  /** Reads the guard: a log that was replaced stops the member. */
  readonly readGuard: () => Promise<void>;
  /** A snapshot was found: snapshots are due from there. */
  readonly found: (pointer: Pointer) => void;
  /** The contents of a snapshot are in place. */
  readonly placed: () => void;
}

const PAUSES = { initialMs: 20, maxMs: 1000, factor: 2 };

/** Contents of so many bytes are restored in one step, larger ones in slices beside the readers and writers. */
const SMALL_BYTES = 256 * 1024;

/** Replaces the contents of a member by those of the newest snapshot, where the log has been trimmed behind it. */
export class Reloader {
  readonly #parts: ReloadParts;
  /** Settles when the load under way has ended. */
  #applied: Promise<void> | undefined;
  /** Settles when the load under way has given its snapshot to the store; another one after a failure. */
  #handedOver: Promise<void> = Promise.resolve();
  #given: () => void = () => undefined;
  readonly #ended = new AbortController();
  /** The number of snapshots that were loaded. */
  loads = 0;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /** While a snapshot is on its way into the store: settles when the store was given it. Never rejects. */
  get handedOver(): Promise<void> | undefined {
    return this.#applied === undefined ? undefined : this.#handedOver;
  }

  /** True while a snapshot is on its way into the store. */
  isLoading(): boolean {
    return this.#applied !== undefined;
  }

  close(): void {
    this.#ended.abort(new Error('the store was closed'));
  }

  /**
   * Loads the newest snapshot; settles when it is in place, and never rejects. Not to be awaited inside a proposal: the
   * store puts a snapshot in place after the end of the proposal.
   */
  load(): Promise<void> {
    if (this.#applied !== undefined) return this.#applied;
    this.#renew();
    const applied = this.#run(this.#parts.taker.position.slot).finally(() => {
      this.#applied = undefined;
      this.#given();
    });
    this.#applied = applied;
    return applied;
  }

  /** The newest snapshot, at the start of a member. False where there is none yet. Rejects with what is wrong. */
  async first(): Promise<boolean> {
    for (;;) {
      const pointer = await this.#parts.snapshots.pointer(this.#ended.signal);
      if (pointer === undefined) return false;
      try {
        await this.#put(pointer, await this.#headerOf(pointer), true);
        return true;
      } catch (error) {
        if (!(error instanceof SnapshotGone)) throw error;
        await this.#assertReplaced(pointer);
      }
    }
  }

  /** `asked` is the position at which the load was asked for. */
  async #run(asked: number): Promise<void> {
    const { taker, availability, env } = this.#parts;
    for (let failures = 0; !this.#isOver();) {
      try {
        await this.#attempt(asked);
        return;
      } catch (error) {
        if (isStoreError(error, 'ERR_LOG_REFUSED')) taker.stop(error);
        else if (!(error instanceof SnapshotGone) && !this.#isOver()) availability.failed('read', error);
        failures += 1;
        // The store may have been given the contents, and have found them cut off.
        this.#renew();
        await sleep(env.clock, retryDelay(PAUSES, failures), this.#ended.signal);
      }
    }
  }

  /** True when the store was closed, or the member has stopped. */
  #isOver(): boolean {
    return this.#ended.signal.aborted || this.#parts.taker.stopped !== undefined;
  }

  async #attempt(asked: number): Promise<void> {
    const { snapshots, taker, availability, readGuard } = this.#parts;
    await readGuard();
    if (taker.stopped !== undefined) return;
    const pointer = await snapshots.pointer(this.#ended.signal);
    availability.succeeded('read');
    const { slot } = taker.position;
    if (pointer === undefined || pointer.snapshot.slot <= slot) {
      // The entries came in another way meanwhile, such as from a feed that was held up.
      if (slot > asked) return;
      throw corrupt(
        taker.place(slot),
        `it is missing, and no snapshot is behind it: the key/value store was set back to an older state`,
      );
    }
    try {
      const header = await this.#headerOf(pointer);
      await this.#put(pointer, header);
    } catch (error) {
      if (error instanceof SnapshotGone) await this.#assertReplaced(pointer);
      throw error;
    }
  }

  async #headerOf(pointer: Pointer): Promise<SnapshotHeader> {
    const header = await this.#parts.snapshots.header(pointer, this.#ended.signal);
    if (header.schema > SCHEMA) {
      throw logRefused(
        'schema',
        pointer.snapshot.id,
        `a newer release wrote the snapshot (schema ${header.schema}, and this release knows ${SCHEMA}); ` +
          'upgrade this member',
      );
    }
    return header;
  }

  /** Gives the snapshot to the store, and moves the position with it. */
  async #put(pointer: Pointer, header: SnapshotHeader, isFirst = false): Promise<void> {
    const { snapshots, taker, found, placed } = this.#parts;
    const { signal } = this.#ended;
    const { slot, version, chain } = header;
    const writers = Incarnations.of(header.incarnations, slot);
    const beside = { writers, terms: new Terms(header.terms) };
    const small = pointer.snapshot.bytes <= SMALL_BYTES ? await this.#collect(pointer) : undefined;
    // A proposal whose slot is gone is settled first: the table may say that it is committed (trap 5).
    if (taker.pending !== undefined && taker.pending.slot <= slot) taker.pending.trimmed(writers);
    // The entries may have come in another way meanwhile.
    if (slot <= taker.position.slot && !isFirst) return;
    taker.restoring();
    const restored =
      small === undefined
        ? taker.replica.restoreFrom(snapshots.contents(pointer, signal), { index: version }, { signal })
        : taker.replica.restore(small, { index: version });
    this.#given();
    try {
      await restored;
    } catch (error) {
      taker.restored(undefined, beside);
      throw refusedSnapshot(pointer, error);
    }
    taker.restored({ slot, version, chain }, beside);
    this.loads += 1;
    found(pointer);
    placed();
  }

  async #collect(pointer: Pointer): Promise<StoreSnapshot> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#parts.snapshots.contents(pointer, this.#ended.signal)) chunks.push(chunk);
    try {
      return StoreSnapshot.decode(Buffer.concat(chunks));
    } catch (error) {
      throw refusedSnapshot(pointer, error);
    }
  }

  #renew(): void {
    this.#given();
    this.#handedOver = new Promise((resolve) => {
      this.#given = resolve;
    });
  }

  /** Throws where the chunks of a snapshot are gone and it is still the newest. */
  async #assertReplaced(pointer: Pointer): Promise<void> {
    const now = await this.#parts.snapshots.pointer(this.#ended.signal);
    if (now?.snapshot.id === pointer.snapshot.id)
      throw corrupt(pointer.snapshot.id, 'chunks of the newest snapshot are missing');
  }
}

/** Contents that the store does not take are damaged; other errors go on unchanged. */
function refusedSnapshot({ snapshot }: Pointer, error: unknown): unknown {
  const passes = !isStoreError(error) || error.code === 'ERR_STORE_CLOSED' || error.code === 'ERR_LOG_REFUSED';
  return passes ? error : corrupt(snapshot.id, 'the snapshot cannot be restored', error);
}
