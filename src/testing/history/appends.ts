import type { History, HistoryTransaction } from './history.ts';

/** The transaction that appended a value. */
export interface Append {
  readonly writer: number;
  readonly key: string;
  /** True for the last append of the transaction to the key. */
  readonly last: boolean;
}

/**
 * The append of each value. Values are unique in the whole history; a second append of a value throws a `TypeError`.
 */
export function appendsOf({ transactions }: History): ReadonlyMap<number, Append> {
  const appends = new Map<number, Append>();
  transactions.forEach(({ operations }, writer) => {
    const last = new Map<string, number>();
    for (const operation of operations) {
      if (operation.type !== 'append') continue;
      const { key, value } = operation;
      if (appends.has(value))
        throw new TypeError(`the value ${value} is appended twice: values of a history are unique`);
      const before = last.get(key);
      if (before !== undefined) appends.set(before, { writer, key, last: false });
      appends.set(value, { writer, key, last: true });
      last.set(key, value);
    }
  });
  return appends;
}

/** A text for messages: the place in the history, the process and what the transaction did. */
export function transactionText(transaction: HistoryTransaction, place: number): string {
  const operations = transaction.operations.map((operation) =>
    operation.type === 'append'
      ? `append ${operation.key} ${operation.value}`
      : `read ${operation.key} [${operation.values.join(' ')}]`,
  );
  return `T${place} (${transaction.process}, ${transaction.outcome}: ${operations.join(', ')})`;
}
