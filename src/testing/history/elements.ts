import type { Append } from './appends.ts';
import type { AnomalyName, HistoryTransaction } from './history.ts';

/** Checks that each element of a list is there once, was appended to it, and by no transaction that failed. */
export function checkElements(
  values: readonly number[],
  key: string,
  transactions: readonly HistoryTransaction[],
  appends: ReadonlyMap<number, Append>,
  tell: (name: AnomalyName, why: string) => void,
): void {
  const seen = new Set<number>();
  for (const value of values) {
    const append = appends.get(value);
    if (seen.has(value)) tell('duplicate', `${value} is twice in ${key}`);
    else if (append?.key !== key) tell('garbage', `nobody appended ${value} to ${key}`);
    else if (transactions[append.writer]?.outcome === 'failed') tell('G1a', `the append of ${value} to ${key} failed`);
    seen.add(value);
  }
}
