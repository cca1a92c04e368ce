import type { Dependency, Edge } from './dependencies.ts';
import type { Anomaly, AnomalyName } from './history.ts';

interface Level {
  readonly kinds: ReadonlySet<Dependency>;
  /** The edges without which a circle belongs to an earlier level. */
  readonly added: Dependency;
  readonly name: AnomalyName;
}

/** From the worst kind of circle to the mildest. The edges of a level include those of the levels before it. */
const levels: readonly Level[] = [
  { kinds: new Set(['ww']), added: 'ww', name: 'G0' },
  { kinds: new Set(['ww', 'wr']), added: 'wr', name: 'G1c' },
  { kinds: new Set(['ww', 'wr', 'rw']), added: 'rw', name: 'G2' },
  { kinds: new Set(['ww', 'wr', 'rw', 'session']), added: 'session', name: 'session' },
  { kinds: new Set(['ww', 'wr', 'rw', 'session', 'time']), added: 'time', name: 'stale-read' },
];

/**
 * Reports one short circle for each group of transactions that cannot have run one after the other. A group is reported
 * at the first level that shows it. Linear in the edges but for the search of the circles that are reported.
 */
export function reportCycles(
  count: number,
  edges: readonly Edge[],
  text: (transaction: number) => string,
  report: (anomaly: Anomaly) => void,
): void {
  const told = new Set<number>();
  for (const { kinds, added, name } of levels) {
    const graph = new Graph(
      count,
      edges.filter(({ kind }) => kinds.has(kind)),
    );
    for (const group of graph.groups()) {
      if (group.some((transaction) => told.has(transaction))) continue;
      const cycle = graph.cycleWith(new Set(group), added);
      for (const transaction of group) told.add(transaction);
      const single = name === 'G2' && cycle.filter(({ kind }) => kind === 'rw').length === 1;
      const steps = cycle.map(({ from, to, kind, why }) => `  ${text(from)}\n    before T${to} (${kind}: ${why})`);
      report({ name: single ? 'G-single' : name, message: `a circle:\n${steps.join('\n')}` });
    }
  }
}

class Graph {
  readonly #next: readonly Edge[][];

  constructor(count: number, edges: readonly Edge[]) {
    const next: Edge[][] = Array.from({ length: count }, () => []);
    for (const edge of edges) next[edge.from]?.push(edge);
    this.#next = next;
  }

  /**
   * The groups of two transactions or more that all come before each other. They are strongly connected components,
   * and Tarjan's algorithm finds them.
   */
  groups(): readonly (readonly number[])[] {
    const order = new Map<number, number>();
    const low = new Map<number, number>();
    const open: number[] = [];
    const isOpen = new Set<number>();
    const groups: number[][] = [];
    for (const start of this.#next.keys()) {
      if (order.has(start)) continue;
      const path: { readonly node: number; at: number }[] = [];
      const enter = (node: number): void => {
        order.set(node, order.size);
        low.set(node, order.size - 1);
        open.push(node);
        isOpen.add(node);
        path.push({ node, at: 0 });
      };
      enter(start);
      for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
        const { node } = step;
        const edge = this.#next[node]?.[step.at];
        step.at += 1;
        if (edge !== undefined) {
          if (!order.has(edge.to)) enter(edge.to);
          else if (isOpen.has(edge.to)) lower(low, node, order.get(edge.to));
          continue;
        }
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) lower(low, parent.node, low.get(node));
        if (low.get(node) !== order.get(node)) continue;
        const group = open.splice(open.lastIndexOf(node));
        for (const member of group) isOpen.delete(member);
        if (group.length > 1) groups.push(group);
      }
    }
    return groups;
  }

  /** The shortest circle of the group that uses an edge of the kind once, or the shortest that uses one at all. */
  cycleWith(group: ReadonlySet<number>, kind: Dependency): readonly Edge[] {
    const candidates = [...group].flatMap((from) =>
      (this.#next[from] ?? []).filter((edge) => edge.kind === kind && group.has(edge.to)),
    );
    for (const once of [true, false]) {
      let best: readonly Edge[] | undefined;
      for (const edge of candidates) {
        const back = this.#path(edge.to, edge.from, group, once ? kind : undefined);
        if (back !== undefined && (best === undefined || back.length + 1 < best.length)) best = [edge, ...back];
      }
      if (best !== undefined) return best;
    }
    return [];
  }

  /** The shortest path within the group, without edges of the kind `without`. */
  #path(from: number, to: number, group: ReadonlySet<number>, without: Dependency | undefined): Edge[] | undefined {
    const reached = new Map<number, Edge>();
    const waiting = [from];
    for (const node of waiting) {
      for (const edge of this.#next[node] ?? []) {
        if (edge.kind === without || !group.has(edge.to) || edge.to === from || reached.has(edge.to)) continue;
        reached.set(edge.to, edge);
        if (edge.to !== to) {
          waiting.push(edge.to);
          continue;
        }
        const path: Edge[] = [];
        for (let at = to; at !== from;) {
          const last = reached.get(at);
          if (last === undefined) return undefined;
          path.unshift(last);
          at = last.from;
        }
        return path;
      }
    }
    return undefined;
  }
}

function lower(low: Map<number, number>, node: number, value: number | undefined): void {
  const now = low.get(node);
  if (now !== undefined && value !== undefined && value < now) low.set(node, value);
}
