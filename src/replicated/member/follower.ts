import { retryDelay } from '../../base/retry-delay.ts';
import { nextTurn, turnIsDue } from '../../base/scheduling/turns.ts';
import { isStoreError, StoreError } from '../../errors/store-error.ts';
import type { LogAccess, SlotValue } from '../access/log-access.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import { corrupt } from '../log/frame.ts';
import type { Availability } from '../state/availability.ts';
import type { Entries } from '../state/entries.ts';
import type { Taker } from '../state/taker.ts';

/** The parts of a member that its follower works with. */
export interface FollowerParts {
  readonly env: Env;
  readonly access: LogAccess;
  readonly entries: Entries;
  readonly taker: Taker;
  readonly availability: Availability;
  /** Loads the newest snapshot behind a trimmed slot. Resolves when the store has it. */
  readonly reload: () => Promise<void>;
  /** Milliseconds between two looks at the log without news. */
  readonly pollMs: number;
}

const PAUSES = { initialMs: 20, maxMs: 1000, factor: 2 };

/** Bytes that one read is to bring, about. */
const READ_BYTES = 2 * 1024 * 1024;
/** Entries of one read, at most. Consul gives the names of the whole log for each read. */
const MOST_ENTRIES = 4096;
/** Entries between two looks at the clock. */
const ENTRIES_PER_LOOK = 64;

/** Own entries in a row after which the feed rests. */
const REST_AFTER = 16;

/** A feed that rests is opened again when no own entry came for so long, in milliseconds. */
const REST_MS = 20;

/**
 * Brings the entries of other members. The feed of the engine is only a wake-up. An entry of the feed is taken where it
 * is the next one; all others are read by slot numbers. A poll finds what the feed has missed.
 *
 * The feed rests while this member writes one entry after the other, because the engine would repeat these entries
 * alone. An entry of another member is met in the slot of the next own one.
 */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #ended = new AbortController();
  #pass: Promise<void> | undefined;
  #nextPass: Promise<void> | undefined;
  #wanted = false;
  #failures = 0;
  #retrying = false;
  #cancelPoll: (() => void) | undefined;
  #entryBytes = 1024;
  #feedEnd = new AbortController();
  #resting = false;
  #ownInARow = 0;
  #lastOwnAt = -Infinity;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#feed();
    this.#poll();
  }

  close(): void {
    this.#ended.abort(new StoreError('ERR_STORE_CLOSED', 'the store is closed and no longer follows the log', {}));
    this.#feedEnd.abort(this.#ended.signal.reason);
    this.#cancelPoll?.();
  }

  /** An entry was taken, of this member or of another one. */
  taken(own: boolean): void {
    const now = this.#parts.env.idle.now();
    if (!own || now - this.#lastOwnAt > REST_MS) this.#ownInARow = 0;
    if (!own) return;
    this.#ownInARow += 1;
    this.#lastOwnAt = now;
    if (this.#resting || this.#ownInARow < REST_AFTER) return;
    this.#resting = true;
    this.#feedEnd.abort(new Error('the feed rests'));
  }

  /**
   * Takes every entry that was in the log when this was called. Rejects with the failure of a read, and with the error
   * for which the member has stopped.
   */
  catchUp(): Promise<void> {
    if (this.#pass === undefined) return this.#start();
    // A pass that has begun may have read already: the caller needs one that begins now.
    this.#nextPass ??= this.#pass.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#nextPass;
  }

  /** There may be news: reads, unless a read is under way, and then again after it. */
  wake(): void {
    if (this.#isOver()) return;
    if (this.#pass !== undefined) {
      this.#wanted = true;
      return;
    }
    this.#wanted = false;
    this.#start().then(
      () => {
        this.#failures = 0;
        if (this.#wanted) this.wake();
      },
      () => {
        this.#failures += 1;
        void this.#retry();
      },
    );
  }

  /** Reads again after a pause; one pause serves all failures in it. */
  async #retry(): Promise<void> {
    if (this.#retrying) return;
    this.#retrying = true;
    await sleep(this.#parts.env.idle, retryDelay(PAUSES, this.#failures), this.#ended.signal);
    this.#retrying = false;
    this.wake();
  }

  /** True when the store was closed, or the member has stopped. */
  #isOver(): boolean {
    return this.#ended.signal.aborted || this.#parts.taker.stopped !== undefined;
  }

  #startNext(): Promise<void> {
    this.#nextPass = undefined;
    return this.#start();
  }

  #start(): Promise<void> {
    const pass = this.#read().finally(() => {
      if (this.#pass === pass) this.#pass = undefined;
    });
    this.#pass = pass;
    return pass;
  }

  /** Reads up to the end of the log. */
  async #read(): Promise<void> {
    const { access, taker, availability, reload } = this.#parts;
    for (;;) {
      if (taker.stopped !== undefined) throw taker.stopped.error;
      if (taker.isRestoring()) await reload();
      const from = taker.position.slot;
      const limit = Math.max(2, Math.min(MOST_ENTRIES, Math.floor(READ_BYTES / this.#entryBytes)));
      let values: readonly SlotValue[];
      try {
        // The entry of the position comes along: where it is missing, the log was trimmed behind this member.
        values = await access.valuesFrom(from, limit, this.#ended.signal);
      } catch (error) {
        if (isStoreError(error, 'ERR_LOG_REFUSED')) taker.stop(error);
        else if (!this.#ended.signal.aborted) availability.failed('read', error);
        throw error;
      }
      availability.succeeded('read');
      if (values[0]?.slot !== from) {
        if (taker.position.slot === from) await reload();
        continue;
      }
      for (let at = 1; at < values.length; at += 1) {
        // A large page would hold up the event loop.
        if (at % ENTRIES_PER_LOOK === 0 && turnIsDue()) await nextTurn();
        const { slot, value } = values[at] as SlotValue;
        if (!(await this.#takeValue(slot, value))) break;
      }
      const last = values.at(-1)?.slot ?? from;
      if (values.length < limit && taker.position.slot >= last) return;
    }
  }

  /** False: the log is to be read again from the position. */
  async #takeValue(slot: number, value: Uint8Array): Promise<boolean> {
    const { taker, entries } = this.#parts;
    this.#entryBytes = Math.max(128, 0.9 * this.#entryBytes + 0.1 * value.length);
    // Values that were read before a snapshot are read again behind it.
    if (taker.isRestoring()) return false;
    try {
      const next = taker.position.slot + 1;
      if (slot > next) throw corrupt(taker.place(next), `it is missing, and the entry of slot ${slot} is there`);
      const entry = entries.open(slot, value);
      // The answer to the proposal itself commits it, when the disk has it.
      if (taker.isPending(entry)) await taker.settled();
      if (slot <= taker.position.slot) return true;
      const transactions =
        entry.parts === undefined
          ? entries.transactions(entry)
          : await entries.transactionsOf(entry, this.#ended.signal);
      // Without its parts, the slot was trimmed.
      if (transactions === undefined || taker.isRestoring()) return false;
      taker.take(entry, transactions);
    } catch (error) {
      if (!isStoreError(error, 'ERR_LOG_REFUSED')) throw error;
      taker.stop(error);
    }
    return taker.stopped === undefined;
  }

  /** Follows the feed of the engine, again and again. */
  async #feed(): Promise<void> {
    const { signal } = this.#ended;
    const { access, env, taker, entries, availability } = this.#parts;
    let failures = 0;
    while (!this.#isOver()) {
      if (this.#resting) await this.#rest();
      try {
        this.#feedEnd = new AbortController();
        if (signal.aborted) return;
        const changes = access.changes(this.#feedEnd.signal);
        await changes.started;
        this.wake();
        for await (const change of changes) {
          failures = 0;
          availability.succeeded('read');
          if (change.type !== 'put') continue;
          const slot = access.slotOf(change.key);
          if (slot <= taker.position.slot) continue;
          // One entry is in the feed. More of them, and large ones, are read in order.
          const entry = slot === taker.position.slot + 1 ? entries.open(slot, change.pair.value) : undefined;
          if (entry === undefined || entry.parts !== undefined) this.wake();
          else if (!taker.isPending(entry)) taker.take(entry, entries.transactions(entry));
        }
      } catch (error) {
        if (isStoreError(error, 'ERR_LOG_REFUSED')) taker.stop(error);
      }
      if (this.#isOver()) return;
      if (this.#resting) continue;
      failures += 1;
      await sleep(env.idle, retryDelay(PAUSES, failures), signal);
      this.wake();
    }
  }

  /** Resolves when own entries no longer follow each other. */
  async #rest(): Promise<void> {
    const { idle } = this.#parts.env;
    while (this.#ownInARow > 0 && idle.now() - this.#lastOwnAt < REST_MS) {
      await sleep(idle, REST_MS, this.#ended.signal);
      if (this.#isOver()) break;
    }
    this.#ownInARow = 0;
    this.#resting = false;
  }

  #poll(): void {
    const { idle } = this.#parts.env;
    this.#cancelPoll = idle.callAt(idle.now() + this.#parts.pollMs, () => {
      if (this.#ended.signal.aborted) return;
      this.wake();
      this.#poll();
    });
  }
}
