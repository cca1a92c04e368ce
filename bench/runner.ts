import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { profileOptions } from './lib/profiles.ts';
import type { Samples } from './results.ts';
import type { Entrant, Figures, Job } from './suites/suite.ts';

/** What to run. */
export interface Plan {
  readonly rounds: number;
  readonly quick: boolean;
  readonly withPeers: boolean;
  /** The folder of the built benchmarks. */
  readonly program: string;
  /** The folder for the profiles of the measuring processes; undefined: none are made. */
  readonly profiles: string | undefined;
}

/** Only the limit and ours are measured in every round; the rest, whose distance is large, in the first. */
const EVERY_ROUND: readonly string[] = ['limit', 'swarmstate'];
const OTHER_ROUNDS = 1;
/**
 * A million rows take most of the time: two rounds where figures are compared, three where one long stall may be
 * chance.
 */
const LARGE = 1_000_000;
const LARGE_ROUNDS: Readonly<Record<string, number>> = { tasks: 2, saving: 1, restoring: 3 };
/** Sizes that are in the plots only. */
const BETWEEN = 10_000;

function roundsOf(suite: string, size: number, rounds: number): number {
  if (size >= LARGE) return Math.min(rounds, LARGE_ROUNDS[suite] ?? 1);
  return size === BETWEEN ? OTHER_ROUNDS : rounds;
}

/** A process that takes longer than this is stopped, and its figures are missing. */
const PATIENCE = 420_000;
const NODE_OPTIONS: readonly string[] = ['--expose-gc', '--max-old-space-size=8192'];

/**
 * Runs the plan: rounds of fresh processes, one at a time, in which the contenders take turns, so that whatever else
 * the machine does hits all of them alike. A contender is measured after its answers were found to be ours.
 */
export async function measure(plan: Plan, names: readonly string[], peers: readonly string[]): Promise<Samples[]> {
  const series = new Map<string, Samples>();
  for (const suite of names) {
    const entrants = JSON.parse(await run(plan, { suite, task: 'entrants', quick: plan.quick })) as readonly Entrant[];
    const contenders = entrants.filter(({ contender }) => plan.withPeers || !peers.includes(contender));
    for (const { contender } of contenders) await run(plan, { suite, task: 'check', contender });
    for (let round = 0; round < plan.rounds; round += 1) {
      const sizes = [...new Set(contenders.flatMap((contender) => contender.sizes))].sort((a, b) => a - b);
      for (const size of sizes) {
        for (const { contender, sizes: measured } of contenders) {
          if (!measured.includes(size) || (round >= OTHER_ROUNDS && !EVERY_ROUND.includes(contender))) continue;
          if (round >= roundsOf(suite, size, plan.rounds)) continue;
          const figures = await run(plan, { suite, task: 'run', contender, size, quick: plan.quick });
          if (figures !== '') note(series, { suite, contender, size }, JSON.parse(figures) as Figures);
        }
      }
    }
    // What a round left for the next.
    rmSync(join(plan.program, 'scratch'), { recursive: true, force: true });
  }
  return [...series.values()];
}

function note(series: Map<string, Samples>, of: Pick<Samples, 'suite' | 'contender' | 'size'>, figures: Figures): void {
  for (const [figure, value] of Object.entries(figures)) {
    const key = `${of.suite}/${of.contender}/${of.size}/${figure}`;
    const samples = series.get(key) ?? { ...of, figure, values: [] };
    series.set(key, samples);
    samples.values.push(value);
  }
}

/** Does a job in a process of its own, and gives what it prints: nothing when it had to be stopped. */
function run(plan: Plan, job: Job): Promise<string> {
  const name = [job.suite, job.task, job.contender, job.size?.toLocaleString('en')]
    .filter((part) => part !== undefined)
    .join(' ');
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const profiling = job.task === 'run' && plan.profiles !== undefined ? profileOptions(plan.profiles, name) : [];
    const child = spawn(
      process.execPath,
      [...NODE_OPTIONS, ...profiling, join(plan.program, 'worker.js'), JSON.stringify(job)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, PATIENCE);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (job.task === 'run')
        console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s${late ? ', stopped' : ''}`);
      if (late) resolve('');
      else if (code !== 0) reject(new Error(`${name} ended with code ${String(code)}`));
      else resolve(output);
    });
  });
}
