import { execFileSync } from 'node:child_process';
import { median } from '../lib/timing.ts';
import type { Figures, Suite } from './suite.ts';

/** How long a program waits for its imports: whole processes, in nanoseconds. */
export const startup: Suite = {
  name: 'startup',
  entrants: () => [{ contender: 'swarmstate', sizes: [0] }],
  run: ({ quick }) => Promise.resolve(measure(quick ? 8 : 15)),
};

function measure(rounds: number): Figures {
  const entry = new URL('../../src/index.js', import.meta.url).href;
  const programs: readonly (readonly [string, string])[] = [
    ['bare Node', ''],
    ['with the package', `import ${JSON.stringify(entry)}`],
  ];
  const samples = new Map(programs.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, source] of programs) {
      const start = performance.now();
      execFileSync(process.execPath, ['--input-type=module', '--eval', source]);
      samples.get(name)?.push((performance.now() - start) * 1e6);
    }
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
}
