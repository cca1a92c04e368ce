import { MAX_CHANGES_PER_TRANSACTION } from '../../model/constants.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';
import type { Decider, Outcome } from './decider.ts';
import { SizeMeter, tooLarge } from './size-meter.ts';
import type { StoreWriter } from './writer.ts';

interface Open {
  readonly transaction: WriteTransaction;
  readonly changes: ChangeList;
  readonly meter: SizeMeter;
}

/**
 * The outcome of a step: its value, the note that it does not fit behind the steps before it, or the error of an
 * earlier step.
 */
export type StepOutcome<R> = { readonly value: R } | { readonly full: true } | { readonly rerunFailed: unknown };

/**
 * The open transaction of a batch, and the steps in it. The steps run again on newer state where the transaction was
 * interrupted or lost a race. The caller holds the write lock.
 */
export class BatchTransaction {
  readonly #writer: StoreWriter;
  readonly #decider: Decider;
  /** The steps of the open transaction. */
  #steps: ((tx: Tx) => unknown)[] = [];
  /** Undefined while nothing is open, and after an interruption until the steps have run again. */
  #open: Open | undefined;
  #committed = 0;

  constructor(writer: StoreWriter, decider: Decider) {
    this.#writer = writer;
    this.#decider = decider;
  }

  /** The number of committed changes. */
  get committed(): number {
    return this.#committed;
  }

  /** True when the transaction should be committed before the next step. */
  get full(): boolean {
    if (this.#open === undefined) return false;
    const { changes, meter } = this.#open;
    if (changes.events.length >= MAX_CHANGES_PER_TRANSACTION) return true;
    const limit = this.#decider.maxTransactionBytes;
    return limit !== undefined && changes.events.length > 0 && meter.reaches(0.75 * limit);
  }

  /** Runs one step, atomically. Throws what the step throws. */
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
      const value = this.#writer.runner.runCallback(transaction, changes, callback, undefined);
      const limit = this.#decider.maxTransactionBytes;
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

  /** Takes the transaction back. The next call that needs it runs its steps again. */
  interrupt(): void {
    if (this.#open === undefined) return;
    this.#writer.runner.rollback(this.#open.transaction);
    this.#open = undefined;
  }

  rollback(): void {
    this.interrupt();
    this.#steps = [];
  }

  /**
   * Commits the transaction. Undefined: it is committed already. Rejects with the error of the proposer or of a step.
   */
  commit(): Promise<void> | undefined {
    if (this.#steps.length === 0) {
      this.rollback();
      return undefined;
    }
    let decided: Promise<Outcome> | undefined;
    try {
      decided = this.#decide();
    } catch (error) {
      return Promise.reject(error);
    }
    if (decided !== undefined) return this.#settle(decided);
    this.#done();
    return undefined;
  }

  async #settle(first: Promise<Outcome>): Promise<void> {
    let decided: Promise<Outcome> | undefined = first;
    for (let attempt = 1; decided !== undefined; attempt += 1) {
      const outcome: Outcome = await decided;
      if (outcome.committed) break;
      this.#open = undefined;
      if (!outcome.lostRace || attempt >= this.#decider.maxAttempts) {
        this.#steps = [];
        throw outcome.error;
      }
      const draining = this.#writer.replicas.drain();
      if (draining !== undefined) await draining;
      decided = this.#decide();
    }
    this.#done();
  }

  /** Offers the transaction. Undefined: it is committed. Throws what a step throws that had to run again. */
  #decide(): Promise<Outcome> | undefined {
    const { transaction, changes } = this.#rebuilt();
    if (changes.events.length > 0) return this.#decider.decide(transaction, changes);
    this.#writer.runner.commit(transaction, [], undefined);
    return undefined;
  }

  #done(): void {
    if (this.#open !== undefined) this.#committed += this.#open.changes.events.length;
    this.#open = undefined;
    this.#steps = [];
  }

  /**
   * The open transaction; where there is none, a new one in which the steps have run again. Throws what a step throws.
   */
  #rebuilt(): Open {
    if (this.#open !== undefined) return this.#open;
    // A change of the proposer may have come since the batch got the lock.
    this.#writer.replicas.run();
    const { runner } = this.#writer;
    const changes = runner.changeList('write');
    const open = { transaction: runner.begin(), changes, meter: new SizeMeter(changes.events) };
    this.#open = open;
    try {
      for (const step of this.#steps) {
        open.transaction.atomically(changes, () => runner.runCallback(open.transaction, changes, step, undefined));
      }
      // Steps that fitted before may have written more on the newer state.
      const limit = this.#decider.maxTransactionBytes;
      if (limit !== undefined && changes.events.length > 0 && open.meter.reaches(limit + 1)) {
        throw tooLarge(open.meter.exact(), limit);
      }
    } catch (error) {
      this.rollback();
      throw error;
    }
    return open;
  }
}
