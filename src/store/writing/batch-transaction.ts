import type { ChangeList } from '../transaction/change-list.ts';
import { MAX_CHANGES_PER_TRANSACTION } from '../constants.ts';
import { lostRace, MAX_ATTEMPTS, propose } from './proposal.ts';
import { SizeMeter } from './size-meter.ts';
import { tooLarge } from './update-group.ts';
import type { StoreWriter } from './writer.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';

interface Open {
  readonly transaction: WriteTransaction;
  readonly changes: ChangeList;
  readonly meter: SizeMeter;
}

/**
 * What a step gave; or that it fits only into a transaction of its own; or the error of an earlier step that had to run
 * again before it.
 */
export type StepOutcome<R> = { readonly value: R } | { readonly full: true } | { readonly rerunFailed: unknown };

/**
 * The open transaction of a batch, and the steps that made it: they can run again on newer state when it was
 * interrupted or lost a race. Whoever calls has the turn.
 */
export class BatchTransaction {
  readonly #writer: StoreWriter;
  /** The steps of the open transaction. */
  #steps: ((tx: Tx) => unknown)[] = [];
  /** Missing while nothing is open, or while what was is to be built anew. */
  #open: Open | undefined;
  #committed = 0;

  constructor(writer: StoreWriter) {
    this.#writer = writer;
  }

  /** How many changes are committed. */
  get committed(): number {
    return this.#committed;
  }

  /** True when the transaction holds as much as one should. */
  get full(): boolean {
    if (this.#open === undefined) return false;
    const { changes, meter } = this.#open;
    if (changes.events.length >= MAX_CHANGES_PER_TRANSACTION) return true;
    const limit = this.#limit;
    return limit !== undefined && changes.events.length > 0 && meter.reaches(0.75 * limit);
  }

  /** Runs one step, atomically. Throws what it throws. */
  step<R>(callback: (tx: Tx) => R): StepOutcome<R> {
    let open: Open;
    try {
      open = this.#rebuilt();
    } catch (error) {
      return { rerunFailed: error };
    }
    const { transaction, changes, meter } = open;
    const before = changes.events.length;
    const undo = transaction.mark(changes);
    try {
      const value = this.#writer.runCallback(transaction, changes, callback);
      const limit = this.#limit;
      if (limit !== undefined && changes.events.length > before && meter.reaches(limit + 1)) {
        const bytes = new SizeMeter(changes.events.slice(before)).exact();
        if (bytes > limit) throw tooLarge(bytes, limit);
        undo();
        return { full: true };
      }
      this.#steps.push(callback);
      return { value };
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Takes the transaction back, to build it anew from its steps when it is needed again. */
  interrupt(): void {
    if (this.#open === undefined) return;
    this.#writer.rollback(this.#open.transaction);
    this.#open = undefined;
  }

  rollback(): void {
    this.interrupt();
    this.#steps = [];
  }

  /**
   * Commits the transaction: at once without a proposer, else the promise settles with the proposal. Rejects with the
   * proposer's error.
   */
  commit(): Promise<void> | undefined {
    const { proposer } = this.#writer.parts;
    if (proposer === undefined) {
      if (this.#open !== undefined) this.#writer.commit(this.#open.transaction, [this.#open.changes.events], undefined);
      this.#done();
      return undefined;
    }
    if (this.#steps.length === 0) {
      this.rollback();
      return undefined;
    }
    return this.#propose();
  }

  async #propose(): Promise<void> {
    const { proposer } = this.#writer.parts;
    if (proposer === undefined) throw new Error('there is no proposer');
    for (let attempt = 1; ; attempt += 1) {
      const open = this.#rebuilt();
      if (open.changes.events.length === 0) {
        this.#writer.commit(open.transaction, [], undefined);
        this.#done();
        return;
      }
      const outcome = await propose(this.#writer, proposer, open.transaction, [open.changes], undefined);
      if (outcome.committed) {
        this.#done();
        return;
      }
      this.#open = undefined;
      this.#writer.replicas.run();
      if (lostRace(outcome.error) && attempt < MAX_ATTEMPTS) continue;
      this.#steps = [];
      throw outcome.error;
    }
  }

  #done(): void {
    this.#committed += this.#open?.changes.events.length ?? 0;
    this.#open = undefined;
    this.#steps = [];
  }

  get #limit(): number | undefined {
    return this.#writer.parts.proposer?.maxTransactionBytes;
  }

  /**
   * The open transaction; opened, and built anew from its steps, where there is none. Throws what a step throws that
   * has to run again.
   */
  #rebuilt(): Open {
    if (this.#open !== undefined) return this.#open;
    // Something may have come since the batch got its turn.
    this.#writer.replicas.run();
    const changes = this.#writer.changeList('write');
    const open = { transaction: this.#writer.begin(), changes, meter: new SizeMeter(changes.events) };
    this.#open = open;
    try {
      for (const step of this.#steps) {
        open.transaction.atomically(changes, () => this.#writer.runCallback(open.transaction, changes, step));
      }
      // What fitted before may have grown on the newer state.
      const limit = this.#limit;
      if (limit !== undefined && changes.events.length > 0 && open.meter.reaches(limit + 1))
        throw tooLarge(open.meter.exact(), limit);
    } catch (error) {
      this.rollback();
      throw error;
    }
    return open;
  }
}
