import { transactionText } from './appends.ts';
import type { Append } from './appends.ts';
import { checkElements } from './elements.ts';
import type { Anomaly, History } from './history.ts';
import type { ForeignRead } from './reads.ts';

/** The order of the appends of a key, and the committed appends that no list shows. */
export interface ListOrder {
  readonly values: readonly number[];
  readonly unseen: readonly number[];
}

/**
 * The order of each key's appends: the longest list that anybody saw. Every other list has to be a prefix of it, and
 * at the end all members have all committed appends.
 */
export function listOrders(
  history: History,
  appends: ReadonlyMap<number, Append>,
  reads: readonly ForeignRead[],
  report: (anomaly: Anomaly) => void,
): ReadonlyMap<string, ListOrder> {
  const lists = new Map<string, { readonly by: string; readonly values: readonly number[] }[]>();
  const note = (key: string, by: string, values: readonly number[]): void => {
    const noted = lists.get(key);
    if (noted === undefined) lists.set(key, [{ by, values }]);
    else noted.push({ by, values });
  };
  for (const { key } of appends.values()) if (!lists.has(key)) lists.set(key, []);
  for (const { reader, key, values } of reads) note(key, `T${reader}`, values);
  for (const { member, lists: finals } of history.finals) {
    for (const key of new Set([...lists.keys(), ...finals.keys()])) note(key, member, finals.get(key) ?? []);
  }
  const committed = committedOf(history, appends, [...lists.values()].flat());
  checkFinals(history, appends, committed, report);

  const orders = new Map<string, ListOrder>();
  for (const [key, seen] of lists) {
    const longest = seen.reduce<readonly number[]>(
      (most, { values }) => (values.length > most.length ? values : most),
      [],
    );
    for (const { by, values } of seen) {
      const place = values.findIndex((value, at) => value !== longest[at]);
      if (place < 0) continue;
      const message = `${key}: ${by} saw [${values.join(' ')}], which is no beginning of [${longest.join(' ')}]`;
      report({ name: 'incompatible-order', message });
    }
    const shown = new Set(longest);
    const unseen = [...appends]
      .filter(([value, { key: of, writer }]) => of === key && !shown.has(value) && committed.has(writer))
      .map(([value]) => value);
    orders.set(key, { values: longest, unseen });
    reportDirty(key, longest, history, appends, report);
  }
  return orders;
}

/**
 * The transactions whose appends all have to be there: those that returned, and those of which somebody saw an append.
 */
function committedOf(
  { transactions }: History,
  appends: ReadonlyMap<number, Append>,
  lists: readonly { readonly values: readonly number[] }[],
): ReadonlySet<number> {
  const committed = new Set<number>();
  transactions.forEach(({ outcome }, place) => {
    if (outcome === 'ok') committed.add(place);
  });
  for (const value of lists.flatMap(({ values }) => values)) {
    const writer = appends.get(value)?.writer;
    if (writer !== undefined && transactions[writer]?.outcome === 'unknown') committed.add(writer);
  }
  return committed;
}

/** Compares the members' lists at the end with each other and with the committed appends. */
function checkFinals(
  { transactions, finals }: History,
  appends: ReadonlyMap<number, Append>,
  committed: ReadonlySet<number>,
  report: (anomaly: Anomaly) => void,
): void {
  const [first, ...others] = finals;
  if (first === undefined) return;
  for (const other of others) {
    for (const key of new Set([...first.lists.keys(), ...other.lists.keys()])) {
      const here = (first.lists.get(key) ?? []).join(' ');
      const there = (other.lists.get(key) ?? []).join(' ');
      if (here === there) continue;
      const message = `${key}: ${first.member} ends with [${here}], ${other.member} with [${there}]`;
      report({ name: 'diverged', message });
    }
  }
  for (const { member, lists } of finals) {
    for (const [key, values] of lists) {
      checkElements(values, key, transactions, appends, (name, why) => {
        report({ name, message: `${member}: ${why}` });
      });
    }
    const shown = new Map([...lists].map(([key, values]) => [key, new Set(values)]));
    for (const [value, { key, writer }] of appends) {
      const transaction = transactions[writer];
      if (transaction === undefined || !committed.has(writer) || shown.get(key)?.has(value) === true) continue;
      const message =
        `${member} ends without ${value} in ${key}, which ${transactionText(transaction, writer)} ` + 'appended';
      report({ name: 'lost-append', message });
    }
  }
}

/** Reports a committed append that is behind one that failed. */
function reportDirty(
  key: string,
  values: readonly number[],
  { transactions }: History,
  appends: ReadonlyMap<number, Append>,
  report: (anomaly: Anomaly) => void,
): void {
  let failed: number | undefined;
  for (const value of values) {
    const writer = appends.get(value)?.writer;
    const outcome = writer === undefined ? undefined : transactions[writer]?.outcome;
    if (outcome === 'failed') failed = value;
    else if (outcome === 'ok' && failed !== undefined) {
      const message = `${key}: the committed append of ${value} is behind ${failed}, whose transaction failed`;
      report({ name: 'dirty-update', message });
      return;
    }
  }
}
