import { expect, test } from '@jest/globals';
import { Renewal } from '../../src/kv/store/renewal.ts';

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

test('[Q36] a failed renewal is repeated within the ttl; then the key counts as lost, with the failure as the cause', async () => {
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
