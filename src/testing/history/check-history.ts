import { appendsOf, transactionText } from './appends.ts';
import { reportCycles } from './cycles.ts';
import { listEdges, sessionEdges, timeEdges } from './dependencies.ts';
import type { Anomaly, History } from './history.ts';
import { listOrders } from './list-orders.ts';
import { checkReads } from './reads.ts';

/**
 * Looks for anything in a history that no strictly serializable store can have done, by the method of Elle for lists
 * that only grow. A list shows the order of all appends to it, so that no search is needed: the time is linear in the
 * history. An append that no read shows is not checked; `finals` show all of them. Returns an empty list for a history
 * without a fault. Throws a `TypeError` where a value is appended twice.
 *
 * Source: Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations", 2020.
 *
 * @example
 * ```ts
 * import { checkHistory, HistoryRecorder } from 'swarmstate/testing';
 *
 * const recorder = new HistoryRecorder();
 * const append = recorder.begin('client-1');
 * const value = append.append('x');
 * append.end('ok');
 * const read = recorder.begin('client-2');
 * read.read('x', [value]);
 * read.end('ok');
 * const [anomaly] = checkHistory(recorder.history([{ member: 'm1', lists: new Map([['x', [value]]]) }]));
 * if (anomaly !== undefined) throw new Error(`${anomaly.name}: ${anomaly.message}`);
 * ```
 */
export function checkHistory(history: History): readonly Anomaly[] {
  const anomalies: Anomaly[] = [];
  const report = (anomaly: Anomaly): void => {
    anomalies.push(anomaly);
  };
  const appends = appendsOf(history);
  const reads = checkReads(history, appends, report);
  const orders = listOrders(history, appends, reads, report);
  const { transactions } = history;
  const text = (place: number): string => {
    const transaction = transactions[place];
    return transaction === undefined ? `T${place}` : transactionText(transaction, place);
  };
  reportLostUpdates(reads, text, report);
  const edges = [...listEdges(appends, reads, orders), ...sessionEdges(history), ...timeEdges(history)];
  reportCycles(transactions.length, edges, text, report);
  return anomalies;
}

/** Reports two transactions that saw the same list and both appended to it. */
function reportLostUpdates(
  reads: ReturnType<typeof checkReads>,
  text: (place: number) => string,
  report: (anomaly: Anomaly) => void,
): void {
  const seen = new Map<string, number>();
  for (const { reader, key, values, appended } of reads) {
    if (!appended) continue;
    const of = `${key} [${values.join(' ')}]`;
    const other = seen.get(of);
    if (other === undefined) seen.set(of, reader);
    else report({ name: 'lost-update', message: `${text(other)} and ${text(reader)} both appended to ${of}` });
  }
}
