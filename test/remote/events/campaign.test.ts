import { expect, test } from '@jest/globals';
import { cutAtEveryByte, runSeeds, runSlowSeed } from '../support/campaign.ts';
import type { Situations, Way } from '../support/campaign.ts';
import { followQuickly, Serving } from './support/serving.ts';

const events: Way = {
  serve: (store, port) => Serving.start(store, { heartbeatMs: 20 }, port),
  follow: (port) => followQuickly(`http://127.0.0.1:${port}/`, { timeoutMs: 120_000 }),
};

test('[N16] cuts at every byte of the first kilobyte of server-sent events lose, repeat and tear nothing', async () => {
  await cutAtEveryByte(events, 1024);
});

test('[N16] seeded faults on the way of server-sent events lose, repeat and tear nothing', async () => {
  // A client whose answer stalls in its head begins anew within this time.
  const quickly: Way = {
    ...events,
    follow: (port) => followQuickly(`http://127.0.0.1:${port}/`, { timeoutMs: 500 }),
  };
  expect(await runSeeds(quickly, 25)).toEqual([]);
});

test('[N16][N10] clients of events that read slowly lose, repeat and tear nothing, cut or not', async () => {
  const slowly: Way = { ...events, serve: (store, port) => Serving.start(store, { limit: 6 }, port) };
  const seen: Situations = new Map();
  for (let seed = 1; seed <= 3; seed++) await runSlowSeed(slowly, seed, seen);
  for (const situation of ['a slow reader that goes on', 'a slow reader that is cut', 'a reset'])
    expect([situation, (seen.get(situation) ?? 0) > 0]).toEqual([situation, true]);
});
