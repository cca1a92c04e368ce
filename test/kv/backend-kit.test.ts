import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { WakeUp, conditionHolds, isTarget, pause, unknownOutcome } from 'swarmstate/kv/backend';

test('[Q39] conditionHolds tests existence, absence and the exact write', () => {
  expect([1n, undefined].map((stored) => conditionHolds({ key: 'a', exists: true }, stored))).toEqual([true, false]);
  expect([1n, undefined].map((stored) => conditionHolds({ key: 'a', exists: false }, stored))).toEqual([false, true]);
  const same = [1n, 2n, undefined].map((stored) => conditionHolds({ key: 'a', lastIndex: 1n }, stored));
  expect(same).toEqual([true, false, false]);
});

test('[Q39] isTarget takes the key itself, or all keys that start with the prefix', () => {
  expect(['a', 'a/b', 'b'].map((key) => isTarget({ key: 'a' }, key))).toEqual([true, false, false]);
  expect(['a', 'a/b', 'ab'].map((key) => isTarget({ prefix: 'a/' }, key))).toEqual([false, true, false]);
  expect(isTarget({ prefix: '' }, 'a')).toBe(true);
});

test('[Q39] WakeUp ends the waits before a notification, not those after it, and each at its abort', async () => {
  const wakeUp = new WakeUp();
  const stop = new AbortController();
  const before = wakeUp.wait(stop.signal);
  wakeUp.notify();
  await before;
  let woken = false;
  const after = wakeUp.wait(stop.signal).then(() => (woken = true));
  await new Promise(setImmediate);
  expect(woken).toBe(false);
  stop.abort();
  await after;
  await wakeUp.wait(stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('[Q39] pause ends after its time, or at once when its signal aborts', async () => {
  const stop = new AbortController();
  const began = performance.now();
  await pause(5, stop.signal);
  expect(performance.now() - began).toBeGreaterThanOrEqual(4);
  const long = pause(1_000_000, stop.signal);
  stop.abort();
  await long;
  await pause(1_000_000, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('[Q39] unknownOutcome has the backend and the cause', () => {
  const cause = new Error('the connection broke');
  expect(unknownOutcome('mine', 'no answer', cause)).toMatchObject({
    name: 'KvError',
    code: 'ERR_KV_OUTCOME_UNKNOWN',
    backend: 'mine',
    cause,
  });
});
