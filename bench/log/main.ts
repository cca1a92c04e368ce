/**
 * `npm run bench -- log`: committed updates per second of a replicated store, one by one, 64 and 1,000 at once, on each
 * engine that is here. Bare creates of as many bytes through the same key/value store stand beside them. All of them
 * take turns in each round. The delay is that of a second member, from when the writer's update resolved. The
 * figures go to figures.json beside this file, and from there into docs/replicated.md. `SECONDS_EACH` and `ROUNDS` are
 * for a quick look, which writes nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { newId } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { ConsulServer } from '../../scripts/engines/consul-server.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { consul, etcd, findProgram, howToGet } from '../../scripts/engines/engines.ts';
import { ZookeeperServer } from '../../scripts/engines/zookeeper-server.ts';
import { findZookeeper, howToGetZookeeper } from '../../scripts/engines/zookeeper.ts';
import { measure } from '../kv/measure.ts';
import { circumstances } from '../results.ts';
import { figureOf, writeFigures } from './figures.ts';
import type { LogFigure } from './figures.ts';

const root = resolve(import.meta.dirname, '../..');
const concurrency = [1, 64, 1000];

/** About the bytes of the entry that creates a node. */
const entryBytes = 300;

export async function main(): Promise<void> {
  const quick = process.env['SECONDS_EACH'] !== undefined || process.env['ROUNDS'] !== undefined;
  const seconds = Number(process.env['SECONDS_EACH'] ?? 2);
  const rounds = Number(process.env['ROUNDS'] ?? 3);
  const program = findProgram(root, etcd);
  const consulProgram = findProgram(root, consul);
  if (program === undefined) console.error(howToGet(etcd));
  if (consulProgram === undefined) console.error(howToGet(consul));
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  let cluster: EtcdCluster | undefined;
  let keeper: ZookeeperServer | undefined;
  let server: ConsulServer | undefined;
  try {
    const figures = [
      ...(await measured('memory', await createStore('memory'), rounds, seconds)),
      ...(await measured('lmdb', await createStore('lmdb', [join(folder, 'lmdb')]), rounds, seconds)),
    ];
    if (program !== undefined) {
      cluster = await EtcdCluster.start(program);
      figures.push(...(await measured('etcd', await createStore('etcd', cluster.endpoints), rounds, seconds)));
    }
    if (consulProgram !== undefined) {
      server = await ConsulServer.start(consulProgram);
      const kv = await createStore('consul', [server.endpoint], { prefix: 'bench' });
      figures.push(...(await measured('consul', kv, rounds, seconds)));
    }
    const zookeeper = findZookeeper(root);
    if (zookeeper === undefined) console.error(howToGetZookeeper);
    else {
      keeper = await ZookeeperServer.start(zookeeper);
      figures.push(
        ...(await measured('zookeeper', await createStore('zookeeper', [keeper.endpoint]), rounds, seconds)),
      );
    }
    if (!quick && program !== undefined) await writeFigures({ ...circumstances(), rounds, seconds, figures });
  } finally {
    await cluster?.stop();
    await keeper?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All figures of an engine. */
async function measured(engine: string, kv: KvStore, rounds: number, seconds: number): Promise<LogFigure[]> {
  const writer = await openStore({ kv, prefix: 'log' });
  const follower = await openStore({ kv, prefix: 'log' });
  const delays = new Delays(follower);
  const value = new Uint8Array(entryBytes);
  let created = 0;
  const runs = [
    { what: 'bare creates', atOnce: 1, run: () => kv.atomicPut(`bare/${(created += 1)}`, value, undefined) },
    ...concurrency.map((atOnce) => ({
      what: 'updates',
      atOnce,
      run: async () => {
        const id = newId();
        await writer.update((tx) => tx.nodes.create({ id }));
        delays.resolved(id);
      },
    })),
  ].map((each) => ({ ...each, times: [] as number[], took: 0, delays: [] as number[] }));
  for (const { run, atOnce } of runs) await measure(run, atOnce, seconds / 5);
  for (let round = 0; round < rounds; round += 1) {
    for (const each of round % 2 === 0 ? runs : [...runs].reverse()) {
      delays.taken();
      const { times, took } = await measure(each.run, each.atOnce, seconds);
      for (const time of times) each.times.push(time);
      each.took += took;
      await follower.barrier();
      for (const delay of delays.taken()) each.delays.push(delay);
    }
  }
  delays.close();
  await follower.close();
  await writer.close();
  await kv.close();
  return runs.map(({ what, atOnce, times, took, delays: late }) => {
    const figure = { engine, what, atOnce, ...figureOf(times, took, late) };
    console.log(JSON.stringify(figure));
    return figure;
  });
}

/** The milliseconds between the end of an update and its event on another member; 0 where the event came first. */
class Delays {
  readonly #resolved = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #watcher: ReturnType<ReplicatedStore['watch']>;
  #delays: number[] = [];

  constructor(follower: ReplicatedStore) {
    this.#watcher = follower.watch({ events: [{ kind: 'node', action: 'create' }], limit: Infinity });
    void this.#read();
  }

  resolved(id: string): void {
    if (this.#seen.delete(id)) this.#delays.push(0);
    else this.#resolved.set(id, performance.now());
  }

  taken(): number[] {
    const delays = this.#delays;
    this.#delays = [];
    return delays;
  }

  close(): void {
    this.#watcher.close();
  }

  async #read(): Promise<void> {
    for await (const event of this.#watcher) {
      if (event.action === 'commit') continue;
      const at = this.#resolved.get(event.object.id);
      if (at === undefined) this.#seen.add(event.object.id);
      else this.#delays.push(performance.now() - at);
      this.#resolved.delete(event.object.id);
    }
  }
}
