import type { Append } from './appends.ts';
import type { History } from './history.ts';
import type { ListOrder } from './list-orders.ts';
import type { ForeignRead } from './reads.ts';

/**
 * Why a transaction comes before another. `ww`: the other appended behind it. `wr`: the other saw its append. `rw`: it
 * did not see the append of the other. `session`: the same process ran it before. `time`: it had returned before the
 * call of the other.
 */
export type Dependency = 'ww' | 'wr' | 'rw' | 'session' | 'time';

/** An edge of the graph: `from` comes before `to`. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: Dependency;
  readonly why: string;
}

/** The edges that follow from the order of each list. */
export function listEdges(
  appends: ReadonlyMap<number, Append>,
  reads: readonly ForeignRead[],
  orders: ReadonlyMap<string, ListOrder>,
): Edge[] {
  const edges: Edge[] = [];
  const add = (from: number | undefined, to: number | undefined, kind: Dependency, why: string): void => {
    if (from !== undefined && to !== undefined && from !== to) edges.push({ from, to, kind, why });
  };
  const writerOf = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : appends.get(value)?.writer;
  for (const [key, { values, unseen }] of orders) {
    values.forEach((value, place) => {
      if (place > 0) {
        const before = values[place - 1];
        add(writerOf(before), writerOf(value), 'ww', `${key}: ${value} is behind ${String(before)}`);
      }
    });
    for (const value of unseen) {
      add(writerOf(values.at(-1)), writerOf(value), 'ww', `${key}: nobody saw ${value}, so it is behind the rest`);
    }
  }
  for (const { reader, key, values } of reads) {
    const order = orders.get(key);
    if (order === undefined) continue;
    const end = values.at(-1);
    add(writerOf(end), reader, 'wr', `${key}: it saw ${String(end)}`);
    // Own appends are no reason: the edge goes to the first append of somebody else.
    const next = order.values.slice(values.length).find((value) => writerOf(value) !== reader);
    if (next === undefined) {
      for (const value of order.unseen) add(reader, writerOf(value), 'rw', `${key}: it did not see ${value}`);
    } else {
      add(reader, writerOf(next), 'rw', `${key}: it did not see ${next}`);
    }
  }
  return edges;
}

/** The edges of each process: every committed transaction of it comes before its next one. */
export function sessionEdges({ transactions }: History): Edge[] {
  const edges: Edge[] = [];
  const last = new Map<string, number>();
  for (const [to, { process }] of inOrderOfCalls(transactions)) {
    const from = last.get(process);
    if (from !== undefined) edges.push({ from, to, kind: 'session', why: `${process} ran it before` });
    last.set(process, to);
  }
  return edges;
}

/**
 * The edges of real time, without those that follow from others. The frontier holds the transactions that have
 * returned and that no returned transaction follows, so that the number of edges stays small.
 */
export function timeEdges({ transactions }: History): Edge[] {
  const edges: Edge[] = [];
  const steps = [...transactions.entries()].flatMap(([place, { invoked, returned, outcome }]) => {
    if (outcome === 'failed') return [];
    // A transaction with an unknown outcome may take effect at any time after its call.
    const call = { at: invoked, place, call: true };
    return outcome === 'ok' ? [call, { at: returned, place, call: false }] : [call];
  });
  steps.sort((one, other) => one.at - other.at);
  const frontier = new Set<number>();
  const before = new Map<number, readonly number[]>();
  for (const { place, call } of steps) {
    if (!call) {
      for (const from of before.get(place) ?? []) frontier.delete(from);
      frontier.add(place);
    } else if (transactions[place]?.fresh === true) {
      before.set(place, [...frontier]);
      for (const from of frontier) {
        edges.push({ from, to: place, kind: 'time', why: 'it had returned before the call of the next' });
      }
    }
  }
  return edges;
}

/** The committed transactions with their places in the history. */
function inOrderOfCalls(transactions: History['transactions']): (readonly [number, History['transactions'][number]])[] {
  return [...transactions.entries()]
    .filter(([, { outcome }]) => outcome === 'ok')
    .sort(([, one], [, other]) => one.invoked - other.invoked);
}
