import { transactionText } from './appends.ts';
import type { Append } from './appends.ts';
import { checkElements } from './elements.ts';
import type { Anomaly, AnomalyName, History, HistoryTransaction } from './history.ts';

/** The part of a list that others had appended before a committed transaction read it or appended to it. */
export interface ForeignRead {
  readonly reader: number;
  readonly key: string;
  readonly values: readonly number[];
  /** True when the transaction appended to the key as well. */
  readonly appended: boolean;
}

/** Checks each read of a committed transaction by itself, and gives the first read of each key without own appends. */
export function checkReads(
  { transactions }: History,
  appends: ReadonlyMap<number, Append>,
  report: (anomaly: Anomaly) => void,
): readonly ForeignRead[] {
  const reads: ForeignRead[] = [];
  transactions.forEach((transaction, reader) => {
    if (transaction.outcome !== 'ok') return;
    const tell = (name: AnomalyName, why: string): void => {
      report({ name, message: `${transactionText(transaction, reader)}: ${why}` });
    };
    for (const [key, { foreign, appended }] of foreignReads(transaction, tell)) {
      checkElements(foreign, key, transactions, appends, tell);
      checkOwnPlace(foreign, key, reader, appends, tell);
      reads.push({ reader, key, values: foreign, appended });
    }
  });
  return reads;
}

interface KeyReads {
  readonly foreign: readonly number[];
  readonly appended: boolean;
}

function foreignReads(
  { operations }: HistoryTransaction,
  tell: (name: AnomalyName, why: string) => void,
): ReadonlyMap<string, KeyReads> {
  const own = new Map<string, number[]>();
  const known = new Map<string, readonly number[]>();
  for (const operation of operations) {
    const { key } = operation;
    const appended = own.get(key) ?? [];
    if (operation.type === 'append') {
      own.set(key, [...appended, operation.value]);
      continue;
    }
    const { values } = operation;
    const foreign = values.slice(0, Math.max(0, values.length - appended.length));
    if (!equal(values.slice(foreign.length), appended)) {
      tell('internal', `its own appends [${appended.join(' ')}] are not the end of the list ${key}`);
      continue;
    }
    const before = known.get(key);
    if (before === undefined) known.set(key, foreign);
    else if (!equal(before, foreign)) tell('internal', `two reads of ${key} disagree`);
  }
  return new Map([...known].map(([key, foreign]) => [key, { foreign, appended: own.has(key) }]));
}

/** Checks what only a transaction that read a list can have wrong about its elements. */
function checkOwnPlace(
  values: readonly number[],
  key: string,
  reader: number,
  appends: ReadonlyMap<number, Append>,
  tell: (name: AnomalyName, why: string) => void,
): void {
  for (const value of values) {
    const append = appends.get(value);
    if (append?.key !== key || append.writer !== reader) continue;
    tell('future-read', `it sees its own later append of ${value} to ${key}`);
  }
  const end = values.at(-1);
  if (end !== undefined && appends.get(end)?.last === false) {
    tell('G1b', `the transaction that appended ${end} to ${key} appended more`);
  }
}

function equal(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, place) => value === other[place]);
}
