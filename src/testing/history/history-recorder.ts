import type { FinalLists, History, HistoryOperation, HistoryOutcome, HistoryTransaction } from './history.ts';

/** A transaction that a client runs now. */
export interface RecordedTransaction {
  /** Notes an append, and returns its value, which no other append of the history has. */
  append(key: string): number;
  /** Notes the list that the transaction saw, own appends included. */
  read(key: string, values: readonly number[]): void;
  /** Forgets the operations so far: a store runs its callback again after a conflict. */
  restart(): void;
  /** Notes the return of the call. A second call has no effect. */
  end(outcome: HistoryOutcome): void;
}

/**
 * Records what clients do, for {@link checkHistory}. One counter numbers all calls and returns, so that no clock is
 * read. A transaction that never ends has an unknown outcome. Memory grows with each operation.
 */
export class HistoryRecorder {
  readonly #transactions: { transaction: HistoryTransaction }[] = [];
  readonly #incarnations = new Map<string, number>();
  #steps = 0;
  #values = 0;

  /**
   * Notes the call of a transaction. `fresh: false` is for plain reads, which may see an older state. After an unknown
   * outcome the history counts the process as a new one.
   */
  begin(process: string, { fresh = true }: { readonly fresh?: boolean | undefined } = {}): RecordedTransaction {
    let operations: HistoryOperation[] = [];
    const incarnation = this.#incarnations.get(process) ?? 0;
    const transaction: HistoryTransaction = {
      process: incarnation === 0 ? process : `${process}/${incarnation}`,
      invoked: this.#step(),
      returned: Number.POSITIVE_INFINITY,
      outcome: 'unknown',
      operations,
      fresh,
    };
    const place = { transaction };
    this.#transactions.push(place);
    let ended = false;
    return {
      append: (key) => {
        this.#values += 1;
        operations.push({ type: 'append', key, value: this.#values });
        return this.#values;
      },
      read: (key, values) => {
        operations.push({ type: 'read', key, values: [...values] });
      },
      restart: () => {
        operations = [];
        place.transaction = { ...place.transaction, operations };
      },
      end: (outcome) => {
        if (ended) return;
        ended = true;
        place.transaction = { ...place.transaction, outcome, returned: this.#step() };
        if (outcome === 'unknown') this.#incarnations.set(process, incarnation + 1);
      },
    };
  }

  /** The history so far, with the lists of the members at its end. */
  history(finals: readonly FinalLists[]): History {
    return { transactions: this.#transactions.map(({ transaction }) => transaction), finals: [...finals] };
  }

  #step(): number {
    this.#steps += 1;
    return this.#steps;
  }
}
