import { expect, test } from '@jest/globals';
import { runSeed } from './run-seed.ts';

test('[R1] try', async () => {
  const first = Number(process.env['SEED'] ?? 1);
  const count = Number(process.env['SEEDS'] ?? 20);
  const start = performance.now();
  const counters: Record<string, number> = {};
  let events = 0;
  let bad = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const report = await runSeed(seed);
    events += report.events;
    for (const [name, value] of Object.entries(report.counters)) counters[name] = (counters[name] ?? 0) + value;
    if (report.problems.length > 0) {
      bad += 1;
      if (bad < 6)
        console.log(
          seed,
          report.traceHash,
          report.events,
          report.problems
            .slice(0, 4)
            .map((text) => text.slice(0, 900))
            .join('\n'),
          JSON.stringify(report.counters),
        );
    }
  }
  console.log(counters, events, bad, (performance.now() - start) / count);
  expect(1).toBe(1);
}, 600000);
