import { expect, test } from '@jest/globals';
import { cutAtEveryByte, runSeeds, runSlowSeed } from '../support/campaign.ts';
import type { Situations, Way } from '../support/campaign.ts';
import { followQuickly, serveAt, serveBeating } from './support/serving.ts';

const overGrpc: Way = {
  serve: (store, port) => serveAt(store, port),
  follow: (port) => followQuickly(`127.0.0.1:${port}`, { timeoutMs: 60_000 }),
};

test('[N16] cuts at every byte of the first kilobyte of a Follow stream lose, repeat and tear nothing', async () => {
  await cutAtEveryByte(overGrpc, 1024);
});

test('[N16] seeded faults on the way of a Follow stream lose, repeat and tear nothing', async () => {
  const beating: Way = {
    serve: (store, port) => serveBeating(store, port, 50),
    follow: (port) => followQuickly(`127.0.0.1:${port}`, { timeoutMs: 500 }),
  };
  expect(await runSeeds(beating, 25)).toEqual([]);
});

test('[N16][V8] followers that read slowly lose, repeat and tear nothing, whether they are cut or not', async () => {
  const slowly: Way = { ...overGrpc, serve: (store, port) => serveAt(store, port, { limits: { watcherEvents: 6 } }) };
  const seen: Situations = new Map();
  for (let seed = 1; seed <= 3; seed++) await runSlowSeed(slowly, seed, seen);
  for (const situation of ['a slow reader that goes on', 'a slow reader that is cut', 'a reset'])
    expect([situation, (seen.get(situation) ?? 0) > 0]).toEqual([situation, true]);
});
