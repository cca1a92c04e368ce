/**
 * `npm run bench -- scale` measures the cost of a task, a change and a follower at a small size. It predicts a size
 * four times larger from that, runs the larger one, and compares. Then it calculates a cluster of 10,000 nodes,
 * 1,000,000 tasks and 10,000 followers. The figures go to figures.json beside this file, and into docs/scale.md.
 * `--quick` only prints them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { circumstances } from '../results.ts';
import { writeFigures } from './figures.ts';
import type { Check } from './figures.ts';
import { needsOf } from './model.ts';
import type { UnitCosts } from './model.ts';
import type { Load } from './store-process.ts';

/** Runs one measurement in a process of its own. */
async function run<T>(what: 'units' | 'whole', load: Load): Promise<T> {
  const child = fork(join(import.meta.dirname, 'store-process.ts'), {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  try {
    child.send({ what, load });
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  } finally {
    child.disconnect();
  }
}

/** Predicts a load from unit costs, and runs it. */
async function check(costs: UnitCosts, load: Load): Promise<Check> {
  const { tasks, followers, changes, changesPerTransaction } = load;
  // The load has no pace: as many changes as there are, in the time that they take.
  const needs = needsOf({ tasks, nodes: 0, followers, changesPerSecond: changes, changesPerTransaction }, costs);
  const measured = await run<{ micros: number; bytes: number; memory: number }>('whole', load);
  return {
    ...load,
    processor: { predicted: needs.writing + needs.encoding + needs.sending, measured: measured.micros / 1e6 },
    memory: { predicted: needs.memoryBytes, measured: measured.memory },
    wire: { predicted: needs.wireBytesPerSecond, measured: measured.bytes },
  };
}

/** Measures, checks and calculates; writes the figures and the page unless it is a quick run. */
export async function main({ quick }: { readonly quick: boolean }): Promise<void> {
  const small: Load = {
    tasks: quick ? 500 : 2000,
    followers: quick ? 3 : 20,
    changesPerTransaction: 20,
    changes: quick ? 2000 : 6000,
  };
  const costs = await run<UnitCosts>('units', small);
  const checked = await check(costs, { ...small, tasks: small.tasks * 4, followers: small.followers * 4 });
  console.log(costs);
  console.log(checked);
  if (!quick) await writeFigures({ ...circumstances(), small, costs, checked });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main({ quick: process.argv.includes('--quick') });
}
