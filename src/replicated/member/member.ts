import { StoreError } from '../../errors/store-error.ts';
import { VersionWaits } from '../../follow/version-waits.ts';
import { versionOf } from '../../model/version.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import type { Version, VersionInput } from '../../wire/generated/common.ts';
import type { Guard, LogAccess } from '../access/log-access.ts';
import { SnapshotAccess } from '../access/snapshot-access.ts';
import type { Env } from '../access/env.ts';
import type { Entry } from '../log/entry.ts';
import type { Frames } from '../log/frame.ts';
import { logRefused } from '../log/refusal.ts';
import { abortable } from '../../base/async/abortable.ts';
import { onAbort } from '../../base/async/on-abort.ts';
import { Appender } from '../proposals/appender.ts';
import { Availability } from '../state/availability.ts';
import { Entries } from '../state/entries.ts';
import { Claims } from './claims.ts';
import { Elections } from './elections.ts';
import type { MemberFigures } from './figures.ts';
import { Follower } from './follower.ts';
import { LogProposer } from './log-proposer.ts';
import { LogState } from '../state/log-state.ts';
import { Presence } from './presence.ts';
import { Comparison } from '../contents/comparison.ts';
import { Reloader } from '../contents/reload.ts';
import { Snapshots } from '../contents/snapshots.ts';
import { Taker } from '../state/taker.ts';

/** The options of a member, completed by the defaults. */
export interface MemberOptions {
  readonly readOnly: boolean;
  readonly writes: 'queue' | 'refuse';
  readonly deadlineMs: number;
  readonly snapshotEvery: number | undefined;
  readonly keepEntries: number;
  readonly pollMs: number;
  readonly cancelMs: number;
  /** Whether the member says below the prefix that it is alive. */
  readonly presence: boolean;
}

/** A log that is open: everything that a member is made of. */
export interface OpenLog {
  readonly access: LogAccess;
  readonly frames: Frames;
  readonly guard: Guard;
  /** The first entry of the log, which may have been trimmed. */
  readonly genesis: Entry | undefined;
}

/** One member of a log: follows the log, offers the transactions of its store to it, and makes snapshots of it. */
export class Member {
  readonly proposer: LogProposer;
  readonly claims: Claims;
  readonly elections: Elections;
  readonly #log: OpenLog;
  readonly #options: MemberOptions;
  readonly #clusterId: string;
  readonly #taker: Taker;
  readonly #appender: Appender;
  readonly #follower: Follower;
  readonly #reloader: Reloader;
  readonly #snapshots: Snapshots;
  readonly #comparison: Comparison;
  readonly #availability: Availability;
  readonly #presence: Presence;
  readonly #waits = new VersionWaits();
  #guard: Guard;
  #store: MemoryStore | undefined;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(log: OpenLog, options: MemberOptions, env: Env) {
    const { access, frames, guard, genesis } = log;
    const { clusterId } = guard.record;
    this.#log = log;
    this.#options = options;
    this.#clusterId = clusterId;
    this.#guard = guard;
    const entries = new Entries(access, frames, clusterId);
    const snapshotAccess = new SnapshotAccess(access, frames, clusterId);
    const state = new LogState(
      genesis === undefined
        ? { slot: -1, version: 0, chain: new Uint8Array(0) }
        : { slot: genesis.slot, version: genesis.lastVersion, chain: genesis.hash },
    );
    const taker = new Taker(state, access.keys, (entry) => this.#taken(entry));
    const availability = new Availability(
      env,
      options,
      () => taker.replica,
      () => taker.pending !== undefined,
    );
    const readGuard = (): Promise<void> => this.#readGuard();
    this.#taker = taker;
    this.#availability = availability;
    this.#reloader = new Reloader({
      env,
      snapshots: snapshotAccess,
      taker,
      availability,
      readGuard,
      found: (pointer) => this.#snapshots.found(pointer),
      placed: () => {
        this.#comparison.reset();
        this.elections.look();
      },
    });
    this.#appender = new Appender({
      env,
      access,
      entries,
      taker,
      availability,
      clusterId,
      guard: () => this.#guard,
      readGuard,
      reload: () => {
        void this.#reloader.load();
        return this.#reloader.handedOver ?? Promise.resolve();
      },
      makesSnapshotDue: (bytes) => this.#snapshots.isDueWith(bytes),
      untold: () => this.#comparison.untold,
      cancelMs: options.cancelMs,
    });
    this.#follower = new Follower({
      env,
      access,
      entries,
      taker,
      availability,
      reload: () => this.#reloader.load(),
      pollMs: options.pollMs,
    });
    this.#comparison = new Comparison({
      taker,
      store: () => this.#store as MemoryStore,
      incarnation: () => this.#appender.incarnation,
    });
    this.#snapshots = new Snapshots({
      env,
      access,
      frames,
      snapshots: snapshotAccess,
      taker,
      clusterId,
      options,
      store: () => this.#store as MemoryStore,
      incarnation: () => this.#appender.incarnation,
      guard: () => this.#guard,
      readGuard,
      hashed: (contents) => this.#comparison.hashed(contents),
    });
    this.#presence = new Presence(access, this.#appender.incarnation);
    this.claims = new Claims(() => state.terms);
    this.proposer = new LogProposer({
      env,
      appender: this.#appender,
      taker,
      reloader: this.#reloader,
      availability,
      past: { access, entries, state },
      claims: this.claims,
      readOnly: options.readOnly,
      entryBytes: entries.capacity,
      attach: (replica) => taker.attach(replica),
    });
    this.elections = new Elections({
      access,
      readOnly: options.readOnly,
      closing: this.#closing.signal,
      terms: () => state.terms,
      begin: (term, signal) => this.proposer.begin(term, signal),
    });
  }

  /**
   * Loads the newest snapshot and every entry behind it, then follows the log. Rejects with what keeps it from that.
   */
  async start(store: MemoryStore, signal: AbortSignal | undefined): Promise<void> {
    this.#store = store;
    const loading = this.#load();
    await (signal === undefined ? loading : abortable(loading, signal));
    this.#comparison.start();
    this.#follower.start();
    if (this.#options.presence && !this.#options.readOnly) this.#presence.start();
  }

  /** Figures of the member. O(1). */
  figures(): MemberFigures {
    const { position, state, stopped } = this.#taker;
    const { committed, conflicts, repeats, foundOwn, settledByTable, unknown } = this.#appender.figures;
    return {
      slot: position.slot,
      version: position.version,
      floor: this.#guard.record.floor,
      snapshotSlot: this.#snapshots.newestSlot,
      committed,
      conflicts,
      repeats,
      foundOwn,
      settledByTable,
      unknown,
      repeated: state.repeated,
      skipped: state.skipped,
      snapshots: this.#snapshots.published,
      supersededSnapshots: this.#snapshots.superseded,
      loads: this.#reloader.loads,
      compared: this.#comparison.compared,
      stale: this.#availability.stale,
      stopped: stopped !== undefined,
    };
  }

  /** Resolves when the store has reached a version. */
  waitFor(version: VersionInput, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const waiting = this.#waits.until(versionOf(version), this.#reached, this.#closed, signal);
    // The store may have been given the entry already, and apply it later: no other entry needs to come.
    this.#tellApplied();
    return waiting;
  }

  /** Resolves when the store has every entry that was in the log at the call. */
  async barrier(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw new StoreError('ERR_STORE_CLOSED', 'the store is closed and no longer follows the log', {});
    signal?.throwIfAborted();
    const caughtUp = this.#untilClosing(this.#caughtUp());
    await (signal === undefined ? caughtUp : abortable(caughtUp, signal));
  }

  /** The proposal under way gets a definite answer soon, and nothing new is offered. */
  closing(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort(new StoreError('ERR_STORE_CLOSED', 'the store is closed and no longer follows the log', {}));
    this.#appender.close(new StoreError('ERR_STORE_CLOSED', 'the store is closed for writing', {}));
    this.#waits.close(new StoreError('ERR_STORE_CLOSED', 'the store was closed before it reached that version', {}));
  }

  /** Ends everything that the member has started. The store is closed. */
  async close(): Promise<void> {
    this.closing();
    await this.elections.close();
    this.#availability.close();
    this.#follower.close();
    this.#reloader.close();
    this.#comparison.close();
    await this.#snapshots.close();
    await this.#presence.close();
  }

  async #load(): Promise<void> {
    const loaded = await this.#reloader.first();
    if (!loaded && this.#log.genesis === undefined) {
      throw logRefused('corrupt', this.#taker.place(0), 'the first entry is missing, and there is no snapshot');
    }
    await this.#caughtUp();
    if (this.#taker.stopped !== undefined) throw this.#taker.stopped.error;
  }

  async #caughtUp(): Promise<void> {
    await this.#follower.catchUp();
    await this.#taker.applied;
    if (this.#taker.stopped !== undefined) throw this.#taker.stopped.error;
  }

  /** Settles as the promise does, or rejects when the store begins to close: its calls may not end by then. */
  #untilClosing(promise: Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, () => reject(signal.reason as Error));
      promise.then(resolve, reject).finally(stop);
    });
  }

  #taken(entry: Entry): void {
    const own = entry.incarnation === this.#appender.incarnation;
    if (!own) this.proposer.competed();
    this.#follower.taken(own);
    if (entry.begins !== undefined) this.elections.look();
    this.#comparison.taken(entry);
    this.#snapshots.taken(entry);
    if (this.#waits.size === 0) return;
    this.#waits.reached(this.#reached);
    this.#tellApplied();
  }

  /** Ends waits for a version once the store has applied what it was given. */
  #tellApplied(): void {
    void this.#taker.applied.then(() => this.#waits.reached(this.#reached));
  }

  /** The version of the contents. */
  get #reached(): Version | undefined {
    return this.#taker.isFirstChangeUnderWay ? undefined : this.#store?.version;
  }

  async #readGuard(): Promise<void> {
    const guard = await this.#log.access.readGuard();
    if (guard?.record.clusterId !== this.#clusterId) {
      const place = this.#log.access.keys.place(this.#log.access.keys.cluster);
      const text = guard === undefined ? 'the log was deleted' : `the cluster ${guard.record.clusterId} took its place`;
      this.#taker.stop(logRefused('foreign', place, `${text}; open the store again`));
      return;
    }
    if (guard.record.encrypted && !this.#log.frames.encrypted) {
      const place = this.#log.access.keys.place(this.#log.access.keys.cluster);
      this.#taker.stop(logRefused('key', place, 'the log is encrypted now; open the store with its option keys'));
      return;
    }
    this.#guard = guard;
  }
}
