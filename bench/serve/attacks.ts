import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MemoryStore } from 'swarmstate';
import { followRemote, serveSwarm } from 'swarmstate/remote';
import type { ReadableStore } from 'swarmstate/remote';
import { makeTasks } from '../lib/objects.ts';
import { quantile } from '../lib/timing.ts';
import { liveMemory, usedMemory } from './memory.ts';
import type { Attack, AttackOrder } from './ways.ts';

/** One attack on a served store, and a healthy client beside it. */
export interface AttackFigure {
  readonly attack: Attack;
  readonly count: number;
  /** Bytes by which the server's memory was larger at its largest. */
  readonly memory: number;
  /** Streams that the server cut. */
  readonly cut: number;
  /** Milliseconds from a commit to the healthy client, before the attack and under it. */
  readonly before: { readonly p50: number; readonly p99: number };
  readonly under: { readonly p50: number; readonly p99: number };
}

/** Commits changes of one task, and waits for each in the client. */
async function delays(
  store: MemoryStore,
  client: ReadableStore,
  commits: number,
  look: () => void,
): Promise<AttackFigure['before']> {
  const watcher = client.watch({ events: [{ kind: 'task' }] });
  const events = watcher[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let slot = 0; slot < commits; slot += 1) {
    const start = performance.now();
    await store.update((tx) => tx.tasks.modify('task', (draft) => void (draft.slot += 1)));
    await events.next();
    times.push(performance.now() - start);
    look();
  }
  watcher.close();
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Measures a healthy client beside an attack from another process. */
export async function measureAttack(attack: Attack, count: number, commits: number): Promise<AttackFigure> {
  const store = new MemoryStore({ history: 1000 });
  const [task] = makeTasks(0, 1, 1);
  await store.update((tx) => tx.tasks.create({ ...task, id: 'task', slot: 1 }));
  const server = await serveSwarm(store, { listen: '127.0.0.1:0' });
  const client = await followRemote(server.address);
  const attackers = fork(join(import.meta.dirname, 'attackers-process.ts'), { execArgv: process.execArgv });
  try {
    await delays(store, client.store, commits, () => undefined);
    const before = await delays(store, client.store, commits, () => undefined);
    const start = liveMemory();
    attackers.send({ address: server.address, attack, count } satisfies AttackOrder);
    await once(attackers, 'message');
    let most = usedMemory();
    const under = await delays(store, client.store, commits, () => {
      most = Math.max(most, usedMemory());
    });
    const { cut } = server.stats();
    return { attack, count, memory: Math.max(0, most - start), cut, before, under };
  } finally {
    attackers.disconnect();
    await client.close();
    await server.close();
  }
}
