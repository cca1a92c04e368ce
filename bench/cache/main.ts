/**
 * `npm run bench -- cache` measures if a `LocalCache` keeps up with its source. The cache follows 10,000 tasks, with
 * two indexes and two views that are refreshed at most ten times a second. Commits come at a steady rate, or as fast as
 * the cache takes them. They are recorded, so that only the cache works, or made by a store in the same process. Writes
 * the figures to figures.json beside this file, and the table of the guide. `--quick` only prints them, after one
 * second for each scenario.
 */
import { pathToFileURL } from 'node:url';
import { TaskState } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { FollowSource } from 'swarmstate/cache';
import { circumstances } from '../results.ts';
import type { Figure } from './figures.ts';
import { writeFigures } from './figures.ts';
import { RecordedSource } from './recorded-source.ts';
import { changeTasks, storeOf } from './workload.ts';

const rows = 10_000;

interface Scenario {
  readonly source: Figure['source'];
  readonly changesPerCommit: number;
  readonly commits: number;
  /** Changes in a second; Infinity for as many as possible. */
  readonly rate: number;
}

const scenarios: readonly Scenario[] = [
  { source: 'recorded', changesPerCommit: 500, commits: 300, rate: 50_000 },
  { source: 'recorded', changesPerCommit: 2000, commits: 75, rate: 50_000 },
  { source: 'recorded', changesPerCommit: 1, commits: 3000, rate: 1000 },
  { source: 'recorded', changesPerCommit: 500, commits: 300, rate: Infinity },
  { source: 'live store', changesPerCommit: 500, commits: 500, rate: 50_000 },
  { source: 'live store', changesPerCommit: 2000, commits: 125, rate: 50_000 },
  { source: 'live store', changesPerCommit: 1, commits: 3000, rate: 1000 },
  { source: 'live store', changesPerCommit: 500, commits: 500, rate: Infinity },
];

/** A source, and the function that makes its next commit. */
interface Writer {
  readonly source: FollowSource;
  commit(number: number): Promise<void> | void;
}

async function writerOf({ source: kind, commits, changesPerCommit }: Scenario): Promise<Writer> {
  if (kind === 'recorded') {
    const source = await RecordedSource.record(rows, commits, changesPerCommit);
    return {
      source,
      commit: () => {
        source.commit();
      },
    };
  }
  const source = await storeOf(rows);
  return { source, commit: (number) => changeTasks(source, rows, changesPerCommit, number) };
}

async function measure(scenario: Scenario): Promise<Figure> {
  const { changesPerCommit, commits, rate } = scenario;
  const writer = await writerOf(scenario);
  const cache = new LocalCache(writer.source, {
    tables: ['task'],
    indices: { task: ['nodeId', 'status.state'] },
    refreshMs: 100,
  });
  await cache.synced;
  const tasks = cache.table('task');
  const refreshes: number[] = [];
  const onChange = (): void => void refreshes.push(performance.now());
  tasks.view({ query: { 'status.state': TaskState.FAILED }, sort: ['serviceId', 'slot'], onChange });
  tasks.view({ query: { nodeId: 'node-7' }, onChange: () => undefined });

  const lags: number[] = [];
  // A commit counts as applied after its handlers were called, so each handler sees the lag of the commit before.
  cache.on('commit', () => lags.push(cache.stats().lag.lastMilliseconds));
  const before = process.cpuUsage();
  const start = performance.now();
  for (let number = 0; number < commits; number++) {
    const due = start + (number * changesPerCommit * 1000) / rate;
    // Like in a program with other work: all due commits are made at once when the program was late.
    while (performance.now() < due) await sleep();
    await writer.commit(number);
    // Timers and other work of the process run in between, also when the commits are late.
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (cache.stats().lag.changes > 0) await sleep();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { changes, resyncs } = cache.stats();
  cache.close();
  lags.sort((a, b) => a - b);
  const lagAt = (share: number): number => round(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0);
  return {
    source: scenario.source,
    rows,
    changesPerCommit,
    ratePerSecond: rate === Infinity ? 'unlimited' : rate,
    changesPerSecond: Math.round((changes - rows) / seconds),
    resyncs,
    lagMedianMs: lagAt(0.5),
    lag99Ms: lagAt(0.99),
    refreshesPerSecond: round(perSecond(refreshes)),
    busy: round((user + system) / 1e6 / seconds),
  };
}

function sleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** The rate of something, from its first time to its last. */
function perSecond(times: readonly number[]): number {
  const [first] = times;
  const last = times.at(-1);
  return first === undefined || last === undefined || last === first ? 0 : ((times.length - 1) * 1000) / (last - first);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Measures every scenario, and writes the figures and the table of the guide unless it is a quick run. */
export async function main({ quick }: { readonly quick: boolean }): Promise<void> {
  const figures: Figure[] = [];
  for (const scenario of scenarios)
    figures.push(await measure(quick ? { ...scenario, commits: Math.ceil(scenario.commits / 4) } : scenario));
  console.table(figures);
  if (quick) return;
  const { versions, ...others } = circumstances();
  const { swarmstate = '', lokijs = '' } = versions;
  await writeFigures({ ...others, versions: { swarmstate, lokijs }, figures });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main({ quick: process.argv.includes('--quick') });
}
