import { isStoreError } from '../../errors/store-error.ts';
import type { Replica } from '../../model/proposer.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import { sameEntry } from '../log/entry.ts';
import type { Entry, EntryId } from '../log/entry.ts';
import type { Incarnations } from '../log/incarnations.ts';
import type { LogKeys } from '../log/layout.ts';
import type { Position } from '../log/position.ts';
import { logRefused } from '../log/refusal.ts';
import type { Beside, LogState } from './log-state.ts';

/** The proposal that the store waits for. */
export interface Pending {
  readonly id: EntryId;
  readonly slot: number;
  /** The entry is in the log, and its slot was taken: the store commits. */
  commit(): void;
  /** Another entry has the slot. The store has been given that entry. */
  lost(): void;
  /** The entry is in the log and has no effect: it claims a term that is over. */
  skipped(): void;
  /** The slot was trimmed. The table of the writers in a snapshot behind it decides: the entry is taken, or lost. */
  trimmed(writers: Incarnations): void;
  /** The member has stopped. */
  stop(): void;
}

/**
 * The one place where a member's position moves (trap 1, trap 2): every entry comes through {@link take}, in the order
 * of the slots, and each once. An entry of the pending proposal commits it; every other entry is given to the store,
 * and decides against a pending proposal of its slot.
 */
export class Taker {
  readonly state: LogState;
  readonly #keys: LogKeys;
  readonly #taken: (entry: Entry) => void;
  #replica: Replica | undefined;
  #pending: Pending | undefined;
  #restoring = false;
  #stopped: { readonly error: unknown } | undefined;
  /** The first change of the store: undefined before it was given, and false until it was applied. */
  #changed: boolean | undefined;
  /** Settles when the store has applied everything that it was given. */
  #applied: Promise<unknown> = Promise.resolve();
  /** Those that wait for the end of the pending proposal. */
  #waiting: (() => void)[] = [];

  /** `taken` is called after each entry. */
  constructor(state: LogState, keys: LogKeys, taken: (entry: Entry) => void) {
    this.state = state;
    this.#keys = keys;
    this.#taken = taken;
  }

  get position(): Position {
    return this.state.position;
  }

  get pending(): Pending | undefined {
    return this.#pending;
  }

  /** The error for which the member has stopped: its contents can be read, and nothing else. */
  get stopped(): { readonly error: unknown } | undefined {
    return this.#stopped;
  }

  get applied(): Promise<unknown> {
    return this.#applied;
  }

  /**
   * True while the store was given its first change and has not applied it. Until then `store.version` is the version
   * of the log, not that of the contents.
   */
  get isFirstChangeUnderWay(): boolean {
    return this.#changed === false;
  }

  /** True when the store's contents are those of the position. `version` is the store's. */
  isAt(version: number | undefined): boolean {
    return version === this.position.version && !this.isFirstChangeUnderWay;
  }

  get replica(): Replica {
    if (this.#replica === undefined) throw new Error('the log has no store yet');
    return this.#replica;
  }

  attach(replica: Replica): void {
    this.#replica = replica;
  }

  setPending(pending: Pending | undefined): void {
    this.#pending = pending;
    if (pending !== undefined) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Settles when no proposal is pending. */
  settled(): Promise<void> {
    if (this.#pending === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** True when the entry is the one that the store waits for: its own answer commits it, after the disk has it. */
  isPending(entry: EntryId & { readonly slot: number }): boolean {
    return this.#pending?.slot === entry.slot && sameEntry(this.#pending.id, entry);
  }

  /**
   * Takes the entry of the next slot. An entry that was taken before is ignored. An entry that must not be applied
   * stops the member, and nothing of it is applied.
   */
  take(entry: Entry, transactions: readonly (readonly StoreAction[])[]): void {
    if (this.#stopped !== undefined || this.#restoring || entry.slot <= this.position.slot) return;
    try {
      this.state.check(this.place(entry.slot), entry);
    } catch (error) {
      this.stop(error);
      return;
    }
    const pending = this.#pending?.slot === entry.slot ? this.#pending : undefined;
    if (pending !== undefined) this.setPending(undefined);
    const fate = this.state.advance(entry);
    if (pending !== undefined && sameEntry(pending.id, entry)) {
      if (fate === 'skipped') pending.skipped();
      else {
        pending.commit();
        if (entry.count > 0) this.#changed = true;
      }
    } else {
      // An entry is never applied twice, whatever its writer did (trap 5).
      if (fate === 'applied') this.#apply(entry, transactions);
      pending?.lost();
    }
    this.#taken(entry);
  }

  /**
   * The store was given a snapshot: entries that were given now would be applied to its contents. They are ignored
   * until {@link restored}.
   */
  restoring(): void {
    this.#restoring = true;
  }

  /** The snapshot is in place; undefined: it is not, and the contents are as before. */
  restored(position: Position | undefined, beside: Beside): void {
    this.#restoring = false;
    if (position === undefined) return;
    this.#changed = true;
    this.state.reset(position, beside);
  }

  /** True between {@link restoring} and {@link restored}. */
  isRestoring(): boolean {
    return this.#restoring;
  }

  /** Follows a promise of the store. A store that refused an entry differs from the others. */
  follow(applying: Promise<void>, slot: number): void {
    if (this.#changed !== true) {
      this.#changed = false;
      applying.then(
        () => {
          this.#changed = true;
        },
        () => undefined,
      );
    }
    // The store runs what it is given in order, so the last promise stands for all.
    this.#applied = applying.catch((error: unknown) => {
      if (isStoreError(error, 'ERR_STORE_CLOSED')) return;
      const refused = logRefused(
        'apply',
        this.place(slot),
        'the entry does not fit the contents of this member',
        error,
      );
      this.stop(refused, false);
    });
  }

  /** Throws the error for which the member has stopped. */
  assertRunning(): void {
    if (this.#stopped !== undefined) throw this.#stopped.error;
  }

  /** Ends following and writing. `tell`: the store does not know it yet. */
  stop(error: unknown, tell = true): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { error };
    if (tell) this.#replica?.diverged(error, { index: this.position.version });
    const pending = this.#pending;
    this.setPending(undefined);
    pending?.stop();
    this.#replica?.refuseWaiting(error);
  }

  place(slot: number): string {
    return this.#keys.place(this.#keys.entry(slot));
  }

  #apply({ firstVersion, slot }: Entry, transactions: readonly (readonly StoreAction[])[]): void {
    transactions.forEach((actions, position) => {
      this.follow(this.replica.apply(actions, { index: firstVersion + position }), slot);
    });
  }
}
