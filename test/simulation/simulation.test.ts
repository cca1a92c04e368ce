import { describe, expect, test } from '@jest/globals';
import { runSeed } from './run-seed.ts';
import { situations } from './situations.ts';

/** Few enough for a test, many enough to meet the usual situations. `npm run simulate` runs more. */
const SEEDS = 60;

/** These are rare: the command for longer runs asks for them. */
const rare = new Set(['settledByTable', 'supersededSnapshots', 'close']);

describe('simulation', () => {
  test('[F9][F12] seeds: no update is lost or doubled, reads are right, members end equal, as the log', async () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { problems, counters } = await runSeed(seed);
      expect({ seed, problems }).toEqual({ seed, problems: [] });
      expect(counters['skipped']).toBeUndefined();
      for (const name of Object.keys(counters)) met.add(name);
    }
    expect(situations.filter((name) => !met.has(name) && !rare.has(name))).toEqual([]);
  });

  test('[F9] seeds that failed once', async () => {
    // 3311889: a member closes at the end of the faults, and the last look at it gets the store that is closing.
    for (const seed of [3311889]) {
      const { problems } = await runSeed(seed, { change: { campaigns: 0 } });
      expect({ seed, problems }).toEqual({ seed, problems: [] });
    }
  });

  test('[F10] a seed runs the same way each time', async () => {
    for (const seed of [3, 17]) {
      const first = await runSeed(seed);
      const second = await runSeed(seed);
      expect(second).toEqual(first);
      expect(first.events).toBeGreaterThan(100);
    }
  });
});
