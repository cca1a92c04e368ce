import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { abortable } from '../../src/base/async/abortable.ts';

test('[Q32] abortable settles as its promise does and leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  const failure = new Error('failed');
  for (let call = 0; call < 100; call++) await abortable(Promise.resolve(call), signal);
  await expect(abortable(Promise.resolve('value'), signal)).resolves.toBe('value');
  await expect(abortable(Promise.reject(failure), signal)).rejects.toBe(failure);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('[Q32] abortable rejects with the reason of its signal, and drops what the promise becomes later', async () => {
  const reason = new Error('enough');
  const stop = new AbortController();
  let fail = (_error: Error): void => undefined;
  const waiting = new Promise<string>((_, reject) => {
    fail = reject;
  });
  const aborted = abortable(waiting, stop.signal);
  stop.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect(abortable(Promise.reject(new Error('late')), stop.signal)).rejects.toBe(reason);
  fail(new Error('later'));
  await new Promise(setImmediate);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});
