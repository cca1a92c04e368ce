import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { median } from '../lib/timing.ts';
import type { Figures, Suite } from './suite.ts';

/**
 * How long a program waits for its imports: whole processes, in nanoseconds. The package is what `npm run build` would
 * publish.
 */
export const startup: Suite = {
  name: 'startup',
  entrants: () => [{ contender: 'swarmstate', sizes: [0] }],
  run: ({ quick }) => Promise.resolve(measure(quick ? 8 : 12)),
};

/** Where `swarmstate` is the published build: the folder that the benchmarks were built into. */
const installed = resolve(import.meta.dirname, '../..');

const programs: Readonly<Record<string, readonly string[]>> = {
  'bare Node': ['--eval', '0'],
  'with the package': importing('swarmstate'),
  'with the package, a file for each source': importing(pathToFileURL(join(installed, 'src/index.js')).href),
  'with swarmstate/proto': importing('swarmstate/proto'),
  'with swarmstate/cache': importing('swarmstate/cache'),
  // What of it are packages that we use: each alone, and together.
  'with immer': importing('immer'),
  'with mitt': importing('mitt'),
  'with protobufjs': importing('protobufjs/minimal.js'),
  'with these three': importing('immer', 'mitt', 'protobufjs/minimal.js'),
};

function importing(...specifiers: readonly string[]): readonly string[] {
  return [
    '--input-type=module',
    '--eval',
    specifiers.map((specifier) => `import ${JSON.stringify(specifier)};`).join(''),
  ];
}

/** The programs take turns. */
function measure(rounds: number): Figures {
  const samples = new Map(Object.keys(programs).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, given] of Object.entries(programs)) {
      const start = performance.now();
      execFileSync(process.execPath, given, { cwd: installed });
      samples.get(name)?.push((performance.now() - start) * 1e6);
    }
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
}
