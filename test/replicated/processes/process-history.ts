import type {
  FinalLists,
  History,
  HistoryOperation,
  HistoryOutcome,
  HistoryTransaction,
} from '../../../src/testing/history/history.ts';
import type { SeededRandom } from '../../../src/testing/random/seeded-random.ts';

/** Appends to one list, before another list takes its place. */
const MOST_APPENDS = 40;
const LISTS = 4;

/** The history of clients whose transactions run in other processes. The appends are decided before a call. */
export class ProcessHistory {
  readonly #transactions: HistoryTransaction[] = [];
  readonly #incarnations = new Map<string, number>();
  readonly #random: SeededRandom;
  readonly #lists: { key: string; appends: number }[] = [];
  #keys = 0;
  #steps = 0;
  #values = 0;
  /** Updates with an append that were acknowledged. */
  acknowledged = 0;
  /** Updates whose outcome their caller never learnt. */
  unknown = 0;
  /** Updates and reads that were refused. */
  failed = 0;
  reads = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    for (let list = 0; list < LISTS; list += 1) this.#lists.push(this.#newList());
  }

  /** A list that is in use. Long lists are left behind, so that the history grows by the transactions alone. */
  key(): string {
    return this.#list().key;
  }

  append(): { readonly type: 'append'; readonly key: string; readonly value: number } {
    const list = this.#list();
    this.#values += 1;
    const step = { type: 'append', key: list.key, value: this.#values } as const;
    list.appends += 1;
    if (list.appends >= MOST_APPENDS) Object.assign(list, this.#newList());
    return step;
  }

  /** Notes a call. The result notes its return, with what the transaction did. */
  begin(
    process: string,
    fresh: boolean,
    appends: readonly HistoryOperation[],
  ): (outcome: HistoryOutcome, operations?: readonly HistoryOperation[]) => void {
    const incarnation = this.#incarnations.get(process) ?? 0;
    const transaction = {
      process: `${process}/${incarnation}`,
      invoked: this.#step(),
      returned: Number.POSITIVE_INFINITY,
      outcome: 'unknown' as HistoryOutcome,
      operations: appends,
      fresh,
    };
    this.#transactions.push(transaction);
    return (outcome, operations = appends) => {
      Object.assign(transaction, { outcome, operations, returned: this.#step() });
      if (outcome === 'failed') this.failed += 1;
      else if (appends.length === 0) this.reads += 1;
      else if (outcome === 'ok') this.acknowledged += 1;
      else this.unknown += 1;
      if (outcome === 'unknown') this.#incarnations.set(process, incarnation + 1);
    };
  }

  history(finals: readonly FinalLists[]): History {
    return { transactions: this.#transactions, finals };
  }

  /** How many of the updates without an outcome are in the lists. */
  landed(lists: ReadonlyMap<string, readonly number[]>): number {
    const values = new Set([...lists.values()].flat());
    const appended = (operation: HistoryOperation): boolean =>
      operation.type === 'append' && values.has(operation.value);
    return this.#transactions.filter(({ outcome, operations }) => outcome === 'unknown' && operations.some(appended))
      .length;
  }

  #list(): { key: string; appends: number } {
    return this.#lists[this.#random.below(LISTS)] as { key: string; appends: number };
  }

  /** Lists of two tables, so that a transaction spans tables. */
  #newList(): { key: string; appends: number } {
    this.#keys += 1;
    return { key: `${this.#keys % 2 === 0 ? 'node' : 'network'}-${this.#keys}`, appends: 0 };
  }

  #step(): number {
    this.#steps += 1;
    return this.#steps;
  }
}
