import type { History, HistoryTransaction } from 'swarmstate/testing';

/**
 * True when some order of the transactions explains every read and the lists at the end. Tries all orders, so it is
 * for a handful of transactions. The slow and obvious counterpart of `checkHistory`, for fresh transactions.
 */
export function explainable({ transactions, finals }: History): boolean {
  const certain = transactions.filter(({ outcome }) => outcome === 'ok');
  const unknown = transactions.filter(({ outcome }) => outcome === 'unknown');
  const chosen = (mask: number): HistoryTransaction[] => unknown.filter((_, at) => (mask & (1 << at)) !== 0);
  for (let mask = 0; mask < 1 << unknown.length; mask += 1) {
    if (search([...certain, ...chosen(mask)], new Map(), finals)) return true;
  }
  return false;
}

type Lists = ReadonlyMap<string, readonly number[]>;

function search(left: readonly HistoryTransaction[], lists: Lists, finals: History['finals']): boolean {
  if (left.length === 0) {
    return finals.every(({ lists: end }) =>
      [...new Set([...end.keys(), ...lists.keys()])].every(
        (key) => (end.get(key) ?? []).join() === (lists.get(key) ?? []).join(),
      ),
    );
  }
  return left.some((next) => {
    const tooEarly = left.some((other) => other.outcome === 'ok' && other.returned < next.invoked);
    if (tooEarly) return false;
    const after = run(next, lists);
    return (
      after !== undefined &&
      search(
        left.filter((other) => other !== next),
        after,
        finals,
      )
    );
  });
}

/** The lists after the transaction; undefined where it cannot have run on these. */
function run({ operations, outcome }: HistoryTransaction, before: Lists): Lists | undefined {
  const lists = new Map(before);
  for (const operation of operations) {
    const values = lists.get(operation.key) ?? [];
    if (operation.type === 'append') lists.set(operation.key, [...values, operation.value]);
    else if (outcome === 'ok' && values.join() !== operation.values.join()) return undefined;
  }
  return lists;
}
