/**
 * `npm run bench -- cache`: whether a `LocalCache` keeps up. It follows 10,000 tasks, with two indexes and two views, under commits that were recorded beforehand and come at
 * a steady rate, or as fast as they are taken. Prints the figures and writes them to figures.json beside this file, of which `bench/cache/guide.ts` makes the table in the guide.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TaskState } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { Figures } from './figures.ts';
import { writeGuide } from './figures.ts';
import { RecordedSource } from './recorded-source.ts';

const rows = 10_000;

interface Scenario {
  readonly changesPerCommit: number;
  readonly commits: number;
  /** Changes in a second; Infinity for as many as go. */
  readonly rate: number;
}

async function measure({ changesPerCommit, commits, rate }: Scenario): Promise<Figures> {
  const source = await RecordedSource.record(rows, commits, changesPerCommit);
  const cache = new LocalCache(source, { tables: ['task'], indices: { task: ['nodeId', 'status.state'] }, refreshMs: 100 });
  await cache.synced;
  const tasks = cache.table('task');
  tasks.view({ query: { 'status.state': TaskState.FAILED }, sort: ['serviceId', 'slot'], onChange: () => undefined });
  tasks.view({ query: { nodeId: 'node-7' }, onChange: () => undefined });

  const committed: number[] = [];
  const lags: number[] = [];
  cache.on('commit', () => lags.push(performance.now() - (committed[lags.length] ?? 0)));
  const before = process.cpuUsage();
  const start = performance.now();
  for (let commit = 0; commit < commits; commit++) {
    const due = start + (commit * changesPerCommit * 1000) / rate;
    // As a store with other work to do: what is due is committed, in one go where it was late.
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    committed.push(rate === Infinity ? performance.now() : due);
    source.commit();
    if (rate === Infinity) await new Promise((resolve) => setImmediate(resolve));
  }
  while (lags.length < commits) await new Promise((resolve) => setTimeout(resolve, 1));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { refreshes } = cache.stats();
  cache.close();
  lags.sort((a, b) => a - b);
  const lagAt = (share: number): number => round(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0);
  return {
    rows,
    changesPerCommit,
    ratePerSecond: rate === Infinity ? 'unlimited' : rate,
    changesPerSecond: Math.round((commits * changesPerCommit) / seconds),
    lagMedianMs: lagAt(0.5),
    lag99Ms: lagAt(0.99),
    refreshesPerViewAndSecond: round(refreshes / 2 / seconds),
    busy: round((user + system) / 1e6 / seconds),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Measures every scenario, and writes the figures and the table of the guide. */
export async function main(): Promise<void> {
  const figures: Figures[] = [];
  for (const scenario of [
    { changesPerCommit: 500, commits: 300, rate: 50_000 },
    { changesPerCommit: 2000, commits: 75, rate: 50_000 },
    { changesPerCommit: 1, commits: 2000, rate: 1000 },
    { changesPerCommit: 500, commits: 300, rate: Infinity },
  ]) {
    figures.push(await measure(scenario));
  }
  console.table(figures);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}`;
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  writeGuide({ machine, figures });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
