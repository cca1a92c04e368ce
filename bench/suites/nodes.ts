import { deepStrictEqual } from 'node:assert';
import { all, byName, MemoryStore, NodeRole } from 'swarmstate';
import type { Node } from 'swarmstate';
import { distinctSample, makeNode, nodeIdOf, sample } from '../lib/objects.ts';
import { Laps, timed, timedAsync } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** The benchmarks that swarmkit has of its own store, in its words. */
export const nodes: Suite = {
  name: 'nodes',
  entrants(quick) {
    const sizes = quick ? [10_000] : [10_000, 100_000];
    return ['limit', 'swarmstate'].map((contender) => ({ contender, sizes }));
  },
  async check(contender) {
    if (contender !== 'limit') return;
    const store = new MemoryStore();
    const limit = new NodeMaps();
    const rows = Array.from({ length: 1000 }, (_, number) => makeNode(number));
    await store.update((tx) => rows.forEach((row) => tx.nodes.create(row)));
    rows.forEach((row) => limit.set(row));
    deepStrictEqual(limit.all(), [...store.view((tx) => tx.nodes.find(all))]);
    deepStrictEqual(limit.byName('NODE-0000007'), [...store.view((tx) => tx.nodes.find(byName('NODE-0000007')))]);
  },
  run: (job) => (job.contender === 'limit' ? runLimit(job) : runStore(job)),
};

const WRITES = 2000;

async function runStore({ size, quick }: Run): Promise<Figures> {
  const laps = new Laps(2);
  const store = new MemoryStore();
  const rows = Array.from({ length: size }, (_, number) => makeNode(number));
  const creating = await timedAsync(size, () => store.update((tx) => rows.forEach((row) => tx.nodes.create(row))));
  for (let lap = 0; lap < (quick ? 6 : 12); lap += 1) {
    const numbers = distinctSample(WRITES, size, lap);
    laps.add(
      'update, all in one transaction',
      await timedAsync(WRITES, () =>
        store.update((tx) =>
          numbers.forEach((number) => tx.nodes.update({ ...(tx.nodes.get(nodeIdOf(number)) as Node), role: roleOf(lap + 1) })),
        ),
      ),
    );
    laps.add(
      'update, one per transaction',
      await timedAsync(WRITES, async () => {
        for (const number of numbers) {
          await store.update((tx) => tx.nodes.update({ ...(tx.nodes.get(nodeIdOf(number)) as Node), role: roleOf(lap) }));
        }
      }),
    );
    const ids = sample(20_000, size, lap).map(nodeIdOf);
    laps.add(
      'get',
      timed(ids.length, () => {
        for (const id of ids) store.view((tx) => tx.nodes.get(id));
      }),
    );
    await store.update((tx) => tx.nodes.update({ ...(tx.nodes.get(nodeIdOf(0)) as Node), role: roleOf(lap) }));
    laps.add(
      'find all, per object',
      timed(size, () => store.view((tx) => tx.nodes.find(all))),
    );
    const names = numbers.map(nameOf);
    laps.add(
      'find by name',
      timed(names.length, () => {
        for (const name of names) store.view((tx) => tx.nodes.find(byName(name)));
      }),
    );
    laps.add('five writers, five readers', await timedAsync(WRITES, () => concurrently(store, numbers)));
    laps.add(
      'delete, one per transaction',
      await timedAsync(WRITES, async () => {
        for (const number of numbers) await store.update((tx) => tx.nodes.delete(nodeIdOf(number)));
      }),
    );
    await store.update((tx) => numbers.forEach((number) => tx.nodes.create(makeNode(number))));
  }
  return { ...laps.medians(), create: creating };
}

/** Five loops that write and five that read, as many operations each. The figure is for a write and a read. */
async function concurrently(store: MemoryStore, numbers: readonly number[]): Promise<void> {
  const share = numbers.length / 5;
  const loops = Array.from({ length: 5 }, (_, loop) => numbers.slice(loop * share, (loop + 1) * share));
  await Promise.all([
    ...loops.map(async (own) => {
      for (const number of own)
        await store.update((tx) => tx.nodes.update({ ...(tx.nodes.get(nodeIdOf(number)) as Node), role: roleOf(number) }));
    }),
    ...loops.map(async (own) => {
      for (const number of own) await Promise.resolve(store.view((tx) => tx.nodes.get(nodeIdOf(number))));
    }),
  ]);
}

function runLimit({ size, quick }: Run): Promise<Figures> {
  const laps = new Laps(2);
  const maps = new NodeMaps();
  const rows = Array.from({ length: size }, (_, number) => makeNode(number));
  const creating = timed(size, () => rows.forEach((row) => maps.set(row)));
  for (let lap = 0; lap < (quick ? 6 : 12); lap += 1) {
    const numbers = distinctSample(WRITES, size, lap);
    for (const name of ['update, all in one transaction', 'update, one per transaction', 'five writers, five readers']) {
      laps.add(
        name,
        timed(WRITES, () => {
          for (const number of numbers) maps.set({ ...(maps.get(nodeIdOf(number)) as Node), role: roleOf(lap + 1) });
          if (name.startsWith('five')) for (const number of numbers) maps.get(nodeIdOf(number));
        }),
      );
    }
    const ids = sample(20_000, size, lap).map(nodeIdOf);
    laps.add(
      'get',
      timed(ids.length, () => {
        for (const id of ids) maps.get(id);
      }),
    );
    laps.add(
      'find all, per object',
      timed(size, () => maps.all()),
    );
    const names = numbers.map(nameOf);
    laps.add(
      'find by name',
      timed(names.length, () => {
        for (const name of names) maps.byName(name);
      }),
    );
    laps.add(
      'delete, one per transaction',
      timed(WRITES, () => {
        for (const number of numbers) maps.delete(nodeIdOf(number));
      }),
    );
    for (const number of numbers) maps.set(makeNode(number));
  }
  return Promise.resolve({ ...laps.medians(), create: creating });
}

function roleOf(number: number): NodeRole {
  return number % 2 === 0 ? NodeRole.WORKER : NodeRole.MANAGER;
}

function nameOf(number: number): string {
  return `node-${number.toString().padStart(7, '0')}`;
}

const keys: readonly ((node: Node) => string)[] = [
  (node) => (node.description?.hostname ?? '').toLowerCase(),
  (node) => String(node.role),
  (node) => String(node.spec.membership),
];

/** The limit for nodes: Maps for the same four indexes. */
class NodeMaps {
  readonly #rows = new Map<string, Node>();
  readonly #indexes = keys.map(() => new Map<string, Set<string>>());

  get(id: string): Node | undefined {
    return this.#rows.get(id);
  }

  all(): readonly Node[] {
    return [...this.#rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  byName(name: string): readonly Node[] {
    return [...(this.#indexes[0]?.get(name.toLowerCase()) ?? [])].sort().map((id) => this.#rows.get(id) as Node);
  }

  set(node: Node): void {
    const before = this.#rows.get(node.id);
    this.#rows.set(node.id, node);
    keys.forEach((keyOf, position) => {
      const key = keyOf(node);
      const old = before === undefined ? undefined : keyOf(before);
      if (old === key) return;
      if (old !== undefined) this.#drop(position, old, node.id);
      const index = this.#indexes[position] as Map<string, Set<string>>;
      const ids = index.get(key);
      if (ids === undefined) index.set(key, new Set([node.id]));
      else ids.add(node.id);
    });
  }

  delete(id: string): void {
    const node = this.#rows.get(id) as Node;
    this.#rows.delete(id);
    keys.forEach((keyOf, position) => this.#drop(position, keyOf(node), id));
  }

  #drop(position: number, key: string, id: string): void {
    const index = this.#indexes[position] as Map<string, Set<string>>;
    const ids = index.get(key);
    ids?.delete(id);
    if (ids?.size === 0) index.delete(key);
  }
}
