/**
 * `npm run bench -- kv`: operations per second and latency of each backend that is here, and of the package etcd3 on
 * the same server in the same run. Each operation runs one after the other, then 32 at once, and the stores take turns
 * in each round. The figures go to figures.json beside this file, and from there into docs/kv. `SECONDS_EACH` and
 * `ROUNDS` are for a quick look, which writes nothing.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { etcd, findProgram, howToGet } from '../../scripts/engines/engines.ts';
import { installPeers } from '../peers.ts';
import { circumstances } from '../results.ts';
import { etcd3, operationNames, ours } from './contenders.ts';
import { figureOf, writeFigures } from './figures.ts';
import { measure } from './measure.ts';
import type { Contender } from './contenders.ts';
import type { Figure } from './figures.ts';

const root = resolve(import.meta.dirname, '../..');

export async function main(): Promise<void> {
  const quick = process.env['SECONDS_EACH'] !== undefined || process.env['ROUNDS'] !== undefined;
  const secondsEach = Number(process.env['SECONDS_EACH'] ?? 2);
  const rounds = Number(process.env['ROUNDS'] ?? 3);
  const program = findProgram(root, etcd);
  if (program === undefined) console.error(howToGet(etcd));
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  const contenders: Contender[] = [];
  let cluster: EtcdCluster | undefined;
  try {
    contenders.push(await ours('memory', 'memory', []), await ours('lmdb', 'lmdb', [join(folder, 'lmdb')]));
    if (program !== undefined) {
      installPeers();
      cluster = await EtcdCluster.start(program);
      contenders.push(await ours('etcd', 'etcd', cluster.endpoints), await etcd3(cluster.endpoints));
    }
    const figures: Figure[] = [];
    for (const operation of operationNames) {
      for (const atOnce of [1, 32])
        figures.push(...(await compare(contenders, operation, atOnce, rounds, secondsEach)));
    }
    if (quick || program === undefined) return;
    const { versions, ...others } = circumstances();
    await writeFigures({
      ...others,
      versions: { ...shown(versions), ...clients(), etcd: versionOf(program) },
      rounds,
      secondsEach,
      figures,
    });
  } finally {
    for (const contender of contenders) await contender.close();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One operation of all stores, which take turns: whatever the machine does meanwhile, it does to all of them. */
async function compare(
  contenders: readonly Contender[],
  operation: (typeof operationNames)[number],
  atOnce: number,
  rounds: number,
  seconds: number,
): Promise<readonly Figure[]> {
  const runs = contenders.map(({ name, operations }) => ({
    name,
    run: operations[operation],
    times: [] as number[],
    took: 0,
  }));
  for (const { run } of runs) await measure(() => run(nextNumber()), atOnce, seconds / 5);
  for (let round = 0; round < rounds; round++) {
    for (const each of round % 2 === 0 ? runs : [...runs].reverse()) {
      const { times, took } = await measure(() => each.run(nextNumber()), atOnce, seconds);
      for (const time of times) each.times.push(time);
      each.took += took;
    }
  }
  return runs.map(({ name, times, took }) => {
    const figure = { operation, atOnce, store: name, ...figureOf(times, took) };
    console.log(
      `${operation.padEnd(12)}${String(atOnce).padStart(3)} at once  ` +
        `${name.padEnd(12)}${figure.perSecond.toLocaleString('en').padStart(10)} /s  median ${figure.median} ms  ` +
        `99 % ${figure.p99} ms`,
    );
    return figure;
  });
}

let number = 0;
function nextNumber(): number {
  return number++;
}

function shown({ swarmstate = '', etcd3: peer = '' }: Readonly<Record<string, string>>): Record<string, string> {
  return { swarmstate, etcd3: peer };
}

function clients(): Record<string, string> {
  const version = (name: string): string =>
    (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string })
      .version;
  return { '@grpc/grpc-js': version('@grpc/grpc-js'), lmdb: version('lmdb') };
}

function versionOf(program: string): string {
  return /etcd Version: (\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
