import { Session } from 'node:inspector';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from '@jest/globals';

/**
 * Counts the work of calls instead of timing them: how often each block of `src` ran, which V8 counts, and how many
 * elements were looked at by built-in functions that V8 does not count.
 *
 * A test imports this file before everything else, because V8 counts the blocks of code that is compiled later.
 */

const source = join(resolve(__dirname, '../..'), 'src');
const sources = [`${source}/`, `${pathToFileURL(source).href}/`];

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
// Counting slows code down: the next file of tests in this process is spared it.
afterAll(() => {
  session.post('Profiler.stopPreciseCoverage');
  session.post('Profiler.disable');
  session.disconnect();
});

let builtIn = 0;

/** Built-in functions of lists that look at each element, or move it. */
for (const name of ['includes', 'indexOf', 'lastIndexOf', 'shift', 'unshift', 'splice', 'slice', 'concat'] as const) {
  const original = Array.prototype[name] as (...given: unknown[]) => unknown;
  Object.defineProperty(Array.prototype, name, {
    configurable: true,
    writable: true,
    value(this: readonly unknown[], ...given: unknown[]) {
      builtIn += this.length;
      return original.apply(this, given);
    },
  });
}

/** A search that begins at each position and reads on from there looks at the square of a text's length. */
const execute = RegExp.prototype.exec;
RegExp.prototype.exec = function (text) {
  const from = this.global || this.sticky ? this.lastIndex : 0;
  const found = execute.call(this, text);
  const read = (this.global && found !== null ? this.lastIndex : text.length) - from;
  const searches = !this.source.startsWith('^') && !this.sticky && !this.global;
  builtIn += searches && (this.source.includes('+') || this.source.includes('*')) ? read ** 2 : read;
  return found;
};

function countedBlocks(): number {
  let counted = 0;
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    for (const script of result) {
      if (!sources.some((prefix) => script.url.startsWith(prefix))) continue;
      for (const { ranges } of script.functions) for (const { count } of ranges) counted += count;
    }
  });
  return counted;
}

/** The work that `run` did. Nothing else may run meanwhile. */
async function countWork(run: () => unknown): Promise<number> {
  countedBlocks();
  builtIn = 0;
  await run();
  return countedBlocks() + builtIn;
}

/** The work for an input of each size. */
async function workOfSizes<T>(
  sizes: readonly number[],
  prepare: (size: number) => T | Promise<T>,
  run: (prepared: T) => unknown,
): Promise<readonly number[]> {
  const work: number[] = [];
  for (const size of sizes) {
    const prepared = await prepare(size);
    work.push(await countWork(() => run(prepared)));
  }
  return work;
}

/**
 * Measurements before the work counts as too much. Other work only adds, and it is not repeated: a garbage collection
 * closes snapshots that earlier tests of this process forgot.
 */
const MEASUREMENTS = 3;

/**
 * Throws unless the work of `run` grows with `size`, or a logarithm faster. `prepare` makes what `run` works on, and
 * its own work does not count.
 */
export async function expectGrowthWithSize<T>(
  size: number,
  prepare: (size: number) => T | Promise<T>,
  run: (prepared: T) => unknown,
): Promise<void> {
  // The first run makes tables and other things that are made once.
  await run(await prepare(size));
  const tried: string[] = [];
  while (tried.length < MEASUREMENTS) {
    const [once = 0, twice = 0, fourTimes = 0] = await workOfSizes([size, 2 * size, 4 * size], prepare, run);
    // Bytes and strings are handled by built-in functions, whose work is not all counted.
    if (once === 0) throw new Error('nothing was counted');
    if (twice <= 2.6 * once && fourTimes <= 5.2 * once) return;
    tried.push(`${once}, ${twice}, ${fourTimes}`);
  }
  throw new Error(
    `the work grows faster than its input: ${tried.join('; then ')} for ${size}, twice and four times that`,
  );
}
