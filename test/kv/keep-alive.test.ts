import { expect, test } from '@jest/globals';
import { DriverStore } from '../../src/kv/store/driver-store.ts';
import { Renewal } from '../../src/kv/store/renewal.ts';
import type { KvDriver } from '../../src/kv/backend/driver.ts';

const kept = { backend: 'mine', key: 'a' };

const lost = (renewal: Renewal): Promise<unknown> =>
  new Promise((resolve) => renewal.lost.addEventListener('abort', () => resolve(renewal.lost.reason)));

test('[Q36] a renewal without an answer counts as lost when its ttl is over, and its call is aborted', async () => {
  let stopped: AbortSignal | undefined;
  let ended = 0;
  const began = performance.now();
  const renewal = new Renewal(
    { ...kept, ttl: 60 },
    (signal) => {
      stopped = signal;
      return new Promise(() => undefined);
    },
    () => ended++,
  );
  expect(await lost(renewal)).toMatchObject({ code: 'ERR_KV_NOT_REACHABLE', ...kept });
  expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  expect(stopped?.aborted).toBe(true);
  renewal.stop();
  expect(ended).toBe(1);
});

test('[Q36] a failed renewal is repeated within the ttl; then the key is lost, the failure is the cause', async () => {
  const problem = new Error('no server');
  const answers: (boolean | Error)[] = [problem, true, problem, problem, problem];
  let asked = 0;
  const renewal = new Renewal(
    { ...kept, ttl: 600 },
    async () => {
      asked++;
      const answer = answers.shift() ?? problem;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    () => undefined,
  );
  expect(await lost(renewal)).toMatchObject({ code: 'ERR_KV_NOT_REACHABLE', cause: problem });
  expect(asked).toBeGreaterThanOrEqual(3);
});

test('[Q36] a stopped renewal does not count as lost, whatever its last answer says', async () => {
  let answer = (_isThere: boolean): void => undefined;
  const renewal: Renewal = await new Promise((resolve) => {
    const made: Renewal = new Renewal(
      { ...kept, ttl: 30 },
      () =>
        new Promise((resolveAnswer) => {
          answer = resolveAnswer;
          resolve(made);
        }),
      () => undefined,
    );
  });
  renewal.stop();
  answer(false);
  await new Promise(setImmediate);
  expect(renewal.lost.aborted).toBe(false);
});

test('[Q67] a renewal begins at once, and counts the ttl from the moment when the write was sent', async () => {
  let asked = 0;
  const began = performance.now();
  const renewal = new Renewal(
    { ...kept, ttl: 1000, since: began - 900 },
    () => {
      asked++;
      return new Promise(() => undefined);
    },
    () => undefined,
  );
  expect(await lost(renewal)).toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  expect(performance.now() - began).toBeLessThan(900);
  expect(asked).toBe(1);
});

test('[Q67] a kept key counts as lost a ttl after the write was sent, however late the answer came', async () => {
  const driver = {
    limits: { valueBytes: 1000, transactionBytes: 1000, transactionOperations: 64 },
    durability: 'none',
    commit: async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return { lastIndex: 1n };
    },
    renew: () => new Promise(() => undefined),
    close: () => Promise.resolve(),
  };
  const kv = new DriverStore('mine', driver as unknown as KvDriver, false);
  const sent = performance.now();
  const pair = await kv.put('a', 'x', { ttl: 600 });
  const { lost: signal } = kv.keepAlive(pair, { ttl: 600 });
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  expect(performance.now() - sent).toBeLessThan(900);
  await kv.close();
});
