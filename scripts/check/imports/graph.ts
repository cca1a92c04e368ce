/** A directed graph: for each node the nodes that it leads to, each with the place that says so (`file:line`). */
export type Graph = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** One step of a circle. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly place: string;
}

/** Collects edges; the first place of an edge is kept. */
export class GraphBuilder {
  readonly #edges = new Map<string, Map<string, string>>();

  add(from: string, to: string, place: string): void {
    const targets = this.#edges.get(from) ?? new Map<string, string>();
    this.#edges.set(from, targets);
    if (!targets.has(to)) targets.set(to, place);
  }

  build(): Graph {
    return this.#edges;
  }
}

/** Circles of a graph, the shortest first, no two with an edge in common. A graph without their edges has no circle. */
export function circles(graph: Graph): readonly (readonly Step[])[] {
  const edges = new Map([...graph].map(([from, targets]) => [from, new Map(targets)]));
  const found: (readonly Step[])[] = [];
  for (;;) {
    const circle = shortestCircle(edges);
    if (circle === undefined) return found;
    found.push(circle);
    for (const { from, to } of circle) edges.get(from)?.delete(to);
  }
}

function shortestCircle(graph: Graph): readonly Step[] | undefined {
  let shortest: readonly Step[] | undefined;
  for (const start of [...graph.keys()].sort()) {
    const circle = shortestCircleThrough(graph, start);
    if (circle !== undefined && (shortest === undefined || circle.length < shortest.length)) shortest = circle;
  }
  return shortest;
}

/** Looks breadth-first for the way back to `start`. */
function shortestCircleThrough(graph: Graph, start: string): readonly Step[] | undefined {
  const arrivals = new Map<string, Step>();
  const queue = [start];
  for (const from of queue) {
    for (const [to, place] of graph.get(from) ?? []) {
      if (to === start) return [...wayTo(from, arrivals), { from, to, place }];
      if (arrivals.has(to)) continue;
      arrivals.set(to, { from, to, place });
      queue.push(to);
    }
  }
  return undefined;
}

function wayTo(node: string, arrivals: ReadonlyMap<string, Step>): readonly Step[] {
  const step = arrivals.get(node);
  return step === undefined ? [] : [...wayTo(step.from, arrivals), step];
}
