import { retryDelay } from '../../base/retry-delay.ts';
import { isKvError } from '../../errors/kv-error.ts';
import { isStoreError, StoreError } from '../../errors/store-error.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import { CallTimeout, failureOf } from '../access/call-time.ts';
import type { Guard, LogAccess } from '../access/log-access.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import type { ContentsHash } from '../generated/log.ts';
import type { Entry, NewEntry } from '../log/entry.ts';
import type { Incarnations } from '../log/incarnations.ts';
import { Proposal } from '../log/proposal.ts';
import { schemaOf } from '../log/schema.ts';
import type { Answer, Step } from '../log/proposal.ts';
import type { AppendFigures } from './append-figures.ts';
import type { Availability } from '../state/availability.ts';
import type { Entries, SealedEntry } from '../state/entries.ts';
import type { Pending, Taker } from '../state/taker.ts';

/** The parts of a member that a proposal works with. */
export interface RunParts {
  readonly env: Env;
  readonly access: LogAccess;
  readonly entries: Entries;
  readonly taker: Taker;
  readonly availability: Availability;
  readonly clusterId: string;
  /** The guard, as it was read last. */
  readonly guard: () => Guard;
  /** Reads the guard again. Rejects with the failure of the call; stops the member where the log was replaced. */
  readonly readGuard: () => Promise<void>;
  /** Loads the newest snapshot behind a trimmed slot, and gives it to the store. */
  readonly reload: () => Promise<void>;
  /** Whether an entry with so many bytes of requests makes a snapshot due. */
  readonly makesSnapshotDue: (bytes: number) => boolean;
  /** The hash of contents that the next entry is to tell. */
  readonly untold: () => ContentsHash | undefined;
  /** How long a proposal without a caller tries to get a definite answer, in milliseconds. */
  readonly cancelMs: number;
}

/** The pauses between attempts of one proposal. */
const PAUSES = { initialMs: 5, maxMs: 1000, factor: 2 };

const NO_TRANSACTIONS: readonly (readonly StoreAction[])[] = [];

/** One proposal on its way to the log: does what its {@link Proposal} says. */
export class Run implements Pending {
  readonly #parts: RunParts;
  readonly #figures: AppendFigures;
  readonly #entry: NewEntry;
  readonly #commit: () => void;
  readonly #proposal: Proposal;
  #own: SealedEntry | undefined;
  #noOp: SealedEntry | undefined;
  #partsWritten = false;
  /** Set as soon as the slot was taken. */
  #settled: Step | undefined;
  /** Ends the attempt or the pause under way. */
  #interrupt = new AbortController();
  #expired = false;
  #cancelTimer: (() => void) | undefined;
  #attempts = 0;
  /** True while an attempt with the entry has no answer. */
  #underWay = false;
  #forgotten = false;

  constructor(parts: RunParts, figures: AppendFigures, entry: NewEntry, commit: () => void) {
    this.#parts = parts;
    this.#figures = figures;
    this.#entry = entry;
    this.#commit = commit;
    this.#proposal = new Proposal(entry, entry.slot);
  }

  get id(): NewEntry {
    return this.#entry;
  }

  get slot(): number {
    return this.#entry.slot;
  }

  /** True when the record of the entry's incarnation is gone from the table of the writers. */
  get isForgotten(): boolean {
    return this.#forgotten;
  }

  commit(): void {
    this.#figures.committed += 1;
    this.#settled = { kind: 'committed' };
    this.#commit();
  }

  lost(): void {
    this.#settled ??= this.#proposal.occupied({ incarnation: '', sequence: 0 });
    this.#wake();
  }

  skipped(): void {
    this.#settled ??= this.#proposal.skipped();
    this.#wake();
  }

  stop(): void {
    if (this.#underWay) this.#proposal.abandoned();
    this.#settled ??= this.#proposal.expire(this.#parts.taker.stopped?.error);
    this.#wake();
  }

  trimmed(writers: Incarnations): void {
    if (this.#settled !== undefined) return;
    this.#figures.settledByTable += 1;
    const { taker } = this.#parts;
    const { incarnation, sequence, slot } = this.#entry;
    const step = this.#proposal.fate(writers.fateOf(incarnation, sequence, slot));
    this.#forgotten = step.kind === 'outcome unknown';
    // The contents are those of this slot then, as if the answer had come in time.
    if (step.kind === 'committed' && this.#own !== undefined) taker.take(this.#own.entry, NO_TRANSACTIONS);
    this.#settled ??= step;
    if (taker.pending === this) taker.setPending(undefined);
    this.#wake();
  }

  cancel(reason: unknown): void {
    this.#proposal.cancel(reason);
    const { clock } = this.#parts.env;
    this.#cancelTimer ??= clock.callAt(clock.now() + this.#parts.cancelMs, () => {
      this.#expired = true;
      this.#wake();
    });
    this.#wake();
  }

  async toEnd(): Promise<void> {
    const { taker } = this.#parts;
    taker.setPending(this);
    let step = this.#proposal.start();
    try {
      for (;;) {
        const next = this.#settled ?? step;
        if (next.kind === 'committed') return;
        if (next.kind === 'conflict' || next.kind === 'failed') throw this.#ended(next);
        if (next.kind === 'outcome unknown') {
          this.#figures.unknown += 1;
          throw outcomeUnknown();
        }
        step = await this.#take(next);
      }
    } finally {
      this.#cancelTimer?.();
      if (taker.pending === this) taker.setPending(undefined);
    }
  }

  /** The error of a proposal whose entry is not in the log and never will be. */
  #ended(step: Step & { readonly kind: 'conflict' | 'failed' }): unknown {
    if (this.#partsWritten) this.#parts.entries.removeParts(this.#entry).catch(() => undefined);
    if (step.kind === 'failed') return step.error;
    this.#figures.conflicts += 1;
    return conflict();
  }

  /** Does what a step says, and gives the step that follows. */
  async #take(step: Step): Promise<Step> {
    switch (step.kind) {
      case 'send': {
        if (this.#expired) return this.#proposal.expire(outcomeUnknown());
        if (step.what === 'entry' && this.#proposal.cancelled) return this.#proposal.again();
        if (step.pause && this.#proposal.unsent && this.#parts.availability.refusing)
          return this.#proposal.expire(this.#parts.availability.error());
        if (step.pause && !(await this.#pause())) return step;
        return this.#attempt(step.what);
      }
      case 'read guard':
        try {
          await this.#parts.readGuard();
        } catch (error) {
          this.#parts.availability.failed('write', error);
          await this.#pause();
          return step;
        }
        return this.#proposal.again();
      case 'load snapshot':
        // The reload asks the table of the snapshot, before the store gets the contents.
        await this.#parts.reload();
        if (this.#settled === undefined) await this.#pause();
        return step;
      default:
        return step;
    }
  }

  async #attempt(what: 'entry' | 'no-op'): Promise<Step> {
    const { access, availability, guard } = this.#parts;
    const interrupt = (this.#interrupt = new AbortController());
    let sealed: SealedEntry;
    try {
      sealed = what === 'entry' ? await this.#ownEntry(interrupt.signal) : this.#noOpEntry();
    } catch (error) {
      // The parts of a large entry could not be written; nothing refers to them.
      if (isKvError(error, 'ERR_KV_KEY_NOT_FOUND')) return { kind: 'load snapshot' };
      const failure = failureOf(error);
      if (failure !== 'refused') availability.failed('write', error);
      return this.#proposal.answered(what, { kind: 'refused', error, passing: failure !== 'refused' });
    }
    if (this.#settled !== undefined) return this.#settled;
    if (this.#attempts > 0) this.#figures.repeats += 1;
    this.#attempts += 1;
    this.#underWay = what === 'entry';
    const appended = await access.append(this.slot, sealed.value, guard(), interrupt.signal);
    this.#underWay = false;
    const settled = this.#outcome();
    if (settled !== undefined) return settled;
    if (appended.kind !== 'failed') {
      availability.succeeded('write');
    } else if (appended.failure !== 'refused') {
      availability.failed('write', appended.error);
    }
    switch (appended.kind) {
      case 'created':
        return this.#created(what, sealed.entry);
      case 'occupied':
        return this.#occupied(what, appended.value);
      case 'failed': {
        const { failure, error } = appended;
        const answer: Answer =
          failure === 'unknown'
            ? { kind: 'unknown', error }
            : { kind: 'refused', error, passing: failure === 'passing' };
        return this.#proposal.answered(what, answer);
      }
      default:
        return this.#proposal.answered(what, appended);
    }
  }

  /** The step that was found out about the slot meanwhile. */
  #outcome(): Step | undefined {
    return this.#settled;
  }

  #created(what: 'entry' | 'no-op', entry: Entry): Step {
    this.#parts.taker.take(entry, NO_TRANSACTIONS);
    return this.#settled ?? this.#proposal.answered(what, { kind: 'created' });
  }

  /** Compares the ids: the entry in the slot may be the proposal's own one (trap 2). */
  async #occupied(what: 'entry' | 'no-op', value: Uint8Array): Promise<Step> {
    const { entries, taker } = this.#parts;
    let entry: Entry;
    try {
      entry = entries.open(this.slot, value);
      if (this.#parts.taker.isPending(entry)) {
        this.#figures.foundOwn += 1;
        await this.#onDisk();
        taker.take(entry, NO_TRANSACTIONS);
      } else {
        const transactions = await entries.transactionsOf(entry);
        // Without its parts, the slot was trimmed meanwhile.
        if (transactions === undefined) return { kind: 'load snapshot' };
        taker.take(entry, transactions);
      }
    } catch (error) {
      if (isStoreError(error, 'ERR_LOG_REFUSED')) taker.stop(error);
      else this.#parts.availability.failed('write', error);
      return this.#settled ?? { kind: 'send', what, pause: true };
    }
    return this.#settled ?? this.#proposal.occupied(entry);
  }

  /**
   * Makes sure that an entry is on disk which was found and not just created. A local engine may show entries before
   * they are on disk. Its next completed write is behind everything that it showed.
   */
  async #onDisk(): Promise<void> {
    const { access } = this.#parts;
    if (access.kv.durability !== 'disk') return;
    await access.write([], [{ type: 'put', key: access.keys.flush, value: '' }]);
  }

  async #ownEntry(signal: AbortSignal): Promise<SealedEntry> {
    if (this.#own !== undefined) return this.#own;
    const { entries } = this.#parts;
    const terms = this.#entry.terms.reduce((sum, { election }) => sum + 4 * election.length + 16, 0);
    const size = this.#entry.requests.reduce((sum, request) => sum + request.length + 8, terms);
    let entry = this.#entry;
    if (size > entries.capacity) {
      this.#partsWritten = true;
      entry = { ...entry, parts: await entries.writeParts(entry, signal), requests: [] };
    }
    this.#own = entries.seal(entry);
    return this.#own;
  }

  #noOpEntry(): SealedEntry {
    this.#noOp ??= this.#parts.entries.seal({
      ...this.#entry,
      sequence: this.#entry.sequence + 1,
      count: 0,
      requests: [],
      parts: undefined,
      begins: undefined,
      terms: [],
      compares: false,
      contents: undefined,
      schema: schemaOf(false),
    });
    return this.#noOp;
  }

  /** Waits before the next attempt. False: something else is to be done first. */
  async #pause(): Promise<boolean> {
    const interrupt = (this.#interrupt = new AbortController());
    await sleep(this.#parts.env.clock, retryDelay(PAUSES, Math.max(1, this.#attempts)), interrupt.signal);
    return !interrupt.signal.aborted;
  }

  #wake(): void {
    this.#interrupt.abort(new CallTimeout('the outcome of the proposal is known, or nobody waits for it'));
  }
}

/** The error of a transaction that lost a race. */
export function conflict(): StoreError<'ERR_PROPOSAL_CONFLICT'> {
  return new StoreError(
    'ERR_PROPOSAL_CONFLICT',
    'other members wrote first, and the transaction lost every race that it was allowed; try again later',
    {},
  );
}

function outcomeUnknown(): StoreError<'ERR_OUTCOME_UNKNOWN'> {
  return new StoreError(
    'ERR_OUTCOME_UNKNOWN',
    'nobody can say whether the update was or will be written: read the state before trying again',
    {},
  );
}
