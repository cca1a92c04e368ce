/**
 * `npm run bench -- log`: committed updates per second of a replicated store, one by one, 64 and 1,000 at once, on each
 * engine that is here. Bare creates of as many bytes through the same key/value store stand beside them. All of them
 * take turns in each round. The delay is that of a second member, from when the writer's update resolved; the member
 * has a process of its own, except on memory. Then a log with many tasks and entries is opened again and again. The
 * figures go to figures.json beside this file, and from there into docs/replicated.md. `SECONDS_EACH`, `ROUNDS` and
 * `ENGINES` (names with commas) are for a quick look, which writes nothing. Without them it takes about six minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { newId } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { consul, etcd, findProgram, howToGet } from '../../scripts/engines/engines.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { findZookeeper, howToGetZookeeper } from '../../scripts/engines/zookeeper.ts';
import { measure } from '../kv/measure.ts';
import { circumstances } from '../results.ts';
import { figureOf, writeFigures } from './figures.ts';
import type { LogFigure } from './figures.ts';
import { memberHere, memberInProcess, now } from './followed-nodes.ts';
import type { OtherMember } from './followed-nodes.ts';
import { measureOpening } from './opening.ts';
import type { OpeningFigure } from './opening.ts';

const root = resolve(import.meta.dirname, '../..');
const concurrency = [1, 64, 1000];

/** About the bytes of the entry that creates a node. */
const entryBytes = 300;

export async function main(): Promise<void> {
  const { SECONDS_EACH, ROUNDS, ENGINES } = process.env;
  const quick = [SECONDS_EACH, ROUNDS, ENGINES].some((given) => given !== undefined);
  const isWanted = (engine: string): boolean => ENGINES === undefined || ENGINES.split(',').includes(engine);
  const seconds = Number(SECONDS_EACH ?? 2);
  const rounds = Number(ROUNDS ?? 3);
  const program = findProgram(root, etcd);
  const consulProgram = findProgram(root, consul);
  if (program === undefined) console.error(howToGet(etcd));
  if (consulProgram === undefined) console.error(howToGet(consul));
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  let cluster: EtcdCluster | undefined;
  let keeper: ZookeeperCluster | undefined;
  let server: ConsulCluster | undefined;
  const figures: LogFigure[] = [];
  const openings: OpeningFigure[] = [];
  const measureEngine = async (engine: string, endpoints: readonly string[], options = {}): Promise<void> => {
    const kv = await createStore(engine, endpoints, options);
    const other = engine === 'memory' ? await memberHere(kv) : await memberInProcess(engine, endpoints, options);
    figures.push(...(await measured(engine, kv, other, rounds, seconds)));
    await other.close();
    openings.push(await measureOpening(engine, kv, quick ? 10_000 : 100_000, quick ? 1000 : 10_000, rounds));
    await kv.close();
  };
  try {
    if (isWanted('memory')) await measureEngine('memory', []);
    if (isWanted('lmdb')) await measureEngine('lmdb', [join(folder, 'lmdb')]);
    if (program !== undefined && isWanted('etcd')) {
      cluster = await EtcdCluster.start(program);
      await measureEngine('etcd', cluster.endpoints);
    }
    if (consulProgram !== undefined && isWanted('consul')) {
      server = await ConsulCluster.start(consulProgram);
      await measureEngine('consul', [server.endpoint], { prefix: 'bench' });
    }
    const zookeeper = findZookeeper(root);
    if (zookeeper === undefined) console.error(howToGetZookeeper);
    else if (isWanted('zookeeper')) {
      keeper = await ZookeeperCluster.start(zookeeper);
      await measureEngine('zookeeper', [keeper.endpoint]);
    }
    if (!quick && program !== undefined) await writeFigures({ ...circumstances(), rounds, seconds, figures, openings });
  } finally {
    await cluster?.stop();
    await keeper?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All figures of an engine. */
async function measured(
  engine: string,
  kv: KvStore,
  other: OtherMember,
  rounds: number,
  seconds: number,
): Promise<LogFigure[]> {
  const writer = await openStore({ kv, prefix: 'log' });
  const resolved = new Map<string, number>();
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
        resolved.set(id, now());
      },
    })),
  ].map((each) => ({ ...each, times: [] as number[], took: 0, delays: [] as number[] }));
  for (const { run, atOnce } of runs) await measure(run, atOnce, seconds / 5);
  await other.taken();
  for (let round = 0; round < rounds; round += 1) {
    for (const each of round % 2 === 0 ? runs : [...runs].reverse()) {
      const { times, took } = await measure(each.run, each.atOnce, seconds);
      for (const time of times) each.times.push(time);
      each.took += took;
      // An event may come before the writer has its own answer.
      for (const [id, at] of await other.taken()) each.delays.push(Math.max(0, at - (resolved.get(id) ?? at)));
      resolved.clear();
    }
  }
  await writer.close();
  return runs.map(({ what, atOnce, times, took, delays: late }) => {
    const figure = { engine, what, atOnce, ...figureOf(times, took, late) };
    console.log(JSON.stringify(figure));
    return figure;
  });
}
