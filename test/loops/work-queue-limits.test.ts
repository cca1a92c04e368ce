import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { WorkQueue, reconcileOnCommit } from 'swarmstate/loops';

import { deferred, rejected, thrown } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { microtasks } from '../support/microtasks.ts';

describe('keys, times and numbers of the work queue', () => {
  test.each([Number.NaN, '5', null, 5n, {}])(
    '[Y36] the time %p is a failure of its key, and ends nothing',
    async (time) => {
      const clock = new VirtualClock(0);
      const queue = new WorkQueue({ clock });
      const errors: unknown[] = [];
      const worked: string[] = [];
      const running = queue.run(
        (key) => {
          worked.push(key);
          return key === 'a' && worked.length === 1 ? (time as number) : undefined;
        },
        { onError: (error) => void errors.push(error) },
      );
      queue.add('a');
      queue.add('b');
      await microtasks();
      expect(worked).toEqual(['a', 'b']);
      // Null is no result, as undefined is.
      if (time !== null) {
        expect(errors).toMatchObject([{ code: 'ERR_INVALID_OBJECT', path: ['time'] }]);
        clock.turnTo(5);
        await microtasks();
        expect(worked).toEqual(['a', 'b', 'a']);
        thrown(() => queue.addAt('a', time as number), 'ERR_INVALID_OBJECT');
        thrown(() => queue.done('a', time as number), 'ERR_INVALID_OBJECT');
      }
      queue.close();
      await running;
    },
  );

  test('[Y36] a time that never comes keeps its key until it is added, and one that has passed is now', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    queue.addAt('never', Infinity);
    queue.addAt('now', -5);
    expect(await queue.take()).toEqual(['now']);
    expect(queue.size).toBe(1);
    queue.add('never');
    expect(await queue.take()).toEqual(['never']);
  });

  test('[Y36] delays stay numbers after any number of failures', async () => {
    for (const backOff of [{ initialMs: 0 }, { initialMs: 5, maxMs: 7, factor: 1e300 }, { initialMs: 0, maxMs: 0 }]) {
      const clock = new VirtualClock(0);
      const queue = new WorkQueue({ clock, backOff });
      for (let failures = 0; failures < 1100; failures++) queue.retry('a');
      clock.turnTo(7);
      expect(await queue.take()).toEqual(['a']);
    }
  });

  test('[Y36] a clock that goes back or gives no number stops a queue’s time, and breaks nothing', async () => {
    let time = 0;
    const calls: (() => void)[] = [];
    const clock = {
      now: () => time,
      callAt: (_at: number, callback: () => void) => {
        calls.push(callback);
        return () => undefined;
      },
    };
    const queue = new WorkQueue<number>({ clock, rate: { perSecond: 1000, burst: 1 } });
    const taken: number[] = [];
    const running = queue.run((key) => void taken.push(key), { onError: () => undefined });
    for (const now of [5, Number.NaN, 3, 6]) {
      time = now;
      queue.add(now);
      for (const call of calls.splice(0)) call();
      await microtasks();
    }
    // Only the first and the last reading have moved the time.
    expect(taken).toEqual([5, Number.NaN]);
    for (time = 100; time < 102; time++) {
      for (const call of calls.splice(0)) call();
      await microtasks();
    }
    expect(taken).toEqual([5, Number.NaN, 3, 6]);
    queue.close();
    await running;
  });

  test.each([
    [['backOff', 'initialMs'], { backOff: { initialMs: -1 } }],
    [['backOff', 'initialMs'], { backOff: { initialMs: Number.NaN } }],
    [['backOff', 'maxMs'], { backOff: { maxMs: Infinity } }],
    [['backOff', 'factor'], { backOff: { factor: 0.5 } }],
    [['maxMS'], { backOff: { maxMS: 5 } }],
    [['rate', 'perSecond'], { rate: { perSecond: 0, burst: 1 } }],
    [['rate', 'perSecond'], { rate: { perSecond: Number.NaN, burst: 1 } }],
    [['rate', 'burst'], { rate: { perSecond: 1, burst: 0 } }],
    [['rate', 'burst'], { rate: { perSecond: 1 } }],
    [['clock'], { clock: { now: () => Number.NaN, callAt: () => () => undefined } }],
    [['clock'], { clock: Date }],
  ])('[Y36] a work queue refuses the option %p of %p', (path, options) => {
    const error = thrown(() => new WorkQueue(options as never), 'ERR_INVALID_OBJECT');
    expect(error['path']).toEqual(path);
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity, '2', null])(
    '[Y36] run refuses the concurrency %p',
    async (concurrency) => {
      const queue = new WorkQueue();
      await rejected(
        queue.run(() => undefined, { onError: () => undefined, concurrency } as never),
        'ERR_INVALID_OBJECT',
      );
    },
  );

  test('[Y36] run refuses a missing function for the work or for errors, and a controller for a signal', async () => {
    const queue = new WorkQueue();
    const onError = (): void => undefined;
    await rejected(queue.run(5 as never, { onError }), 'ERR_INVALID_OBJECT');
    await rejected(
      queue.run(() => undefined, {} as never),
      'ERR_INVALID_OBJECT',
    );
    await rejected(
      queue.run(() => undefined, undefined as never),
      'ERR_INVALID_OBJECT',
    );
    await rejected(
      queue.run(() => undefined, { onError, signal: new AbortController() } as never),
      'ERR_INVALID_OBJECT',
    );
  });

  test.each([0, -1, Number.NaN, 1.5, '1'])('[Y36] take refuses to take %p keys', async (max) => {
    await rejected(new WorkQueue().take(max as number), 'ERR_INVALID_OBJECT');
  });

  test('[Y36] a work queue refuses a key that is undefined, and takes every other', async () => {
    const queue = new WorkQueue<unknown>();
    for (const call of [
      () => queue.add(undefined),
      () => queue.addAt(undefined, 5),
      () => queue.done(undefined),
      () => queue.retry(undefined),
      () => queue.forget(undefined),
    ]) {
      thrown(call, 'ERR_INVALID_OBJECT');
    }
    const keys = [null, 0, '', Number.NaN, false];
    const worked: unknown[] = [];
    const running = queue.run((key) => void worked.push(key), { onError: () => undefined });
    for (const key of keys) queue.add(key);
    await microtasks();
    expect(worked).toEqual(keys);
    queue.close();
    await running;
  });
});

describe('what a work queue hands out', () => {
  test('[Y38] take that its signal ends takes no key, and leaves no listener', async () => {
    const controller = new AbortController();
    const queue = new WorkQueue();
    const given = queue.take(1, { signal: controller.signal });
    const second = queue.take(1);
    controller.abort(new Error('enough'));
    // The key is added in the same job in which the call is given up.
    queue.add('a');
    await expect(given).rejects.toThrow('enough');
    expect(await second).toEqual(['a']);
    queue.add('b');
    await expect(queue.take(1, { signal: controller.signal })).rejects.toThrow('enough');
    expect(await queue.take()).toEqual(['b']);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('[Y38] takes, runs and loops put one listener on their signal, and leave none', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const store = new MemoryStore();
    const queue = new WorkQueue();
    const onError = (): void => undefined;
    const takes = [1, 2].map(() => queue.take(1, { signal }));
    const runs = [1, 2].map(() => new WorkQueue().run(() => undefined, { onError, signal }));
    const loops = [1, 2].map(() => reconcileOnCommit(follow(store), () => undefined, { onError, signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort(new Error('enough'));
    expect((await Promise.allSettled(takes)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await Promise.all([...runs, ...loops.map(({ done }) => done)]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('[Y38] a key that became ready before the abort is taken or stays in the queue', async () => {
    for (let jobs = 0; jobs < 12; jobs++) {
      const controller = new AbortController();
      const queue = new WorkQueue();
      const taking = queue.take(1, { signal: controller.signal }).catch(() => []);
      queue.add('a');
      for (let job = 0; job < jobs; job++) await Promise.resolve();
      controller.abort();
      const taken = await taking;
      expect(taken.length + queue.size).toBe(1);
    }
  });

  test('[Y38] close with drain hands out the keys that are ready or were added again, and no others', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    const worked: string[] = [];
    const held = deferred();
    const running = queue.run(
      async (key) => {
        worked.push(key);
        if (worked.length === 1) await held.promise;
        if (key === 'fails') throw new Error('no');
        return 50;
      },
      { onError: () => undefined },
    );
    for (const key of ['a', 'b', 'fails']) queue.add(key);
    queue.addAt('late', 10);
    await microtasks();
    queue.add('a');
    queue.close({ drain: true });
    queue.add('c');
    held.resolve();
    await running;
    expect(worked).toEqual(['a', 'b', 'fails', 'a']);
    expect([queue.size, clock.next, await queue.take()]).toEqual([0, undefined, []]);
  });

  test('[Y38] close with drain keeps to the rate, and close without ends the draining', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock, rate: { perSecond: 10, burst: 1 } });
    const worked: string[] = [];
    const running = queue.run((key) => void worked.push(key), { onError: () => undefined });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.close({ drain: true });
    await microtasks();
    clock.turnTo(100);
    await microtasks();
    expect(worked).toEqual(['a', 'b']);
    queue.close();
    await running;
    expect(worked).toEqual(['a', 'b']);
  });

  test('[Y38] a forgotten key does not come, whether it was ready, waiting, failed or in work', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    queue.add('ready');
    queue.addAt('waiting', 5);
    queue.retry('failed');
    for (const key of ['ready', 'waiting', 'failed']) queue.forget(key);
    expect(queue.size).toBe(0);
    for (const key of ['done', 'retried', 'again', 'set']) queue.add(key);
    await queue.take();
    for (const key of ['done', 'retried', 'again', 'set']) {
      queue.add(key);
      queue.forget(key);
    }
    queue.add('again');
    queue.addAt('set', 7);
    queue.done('done', 5);
    queue.retry('retried');
    queue.done('again');
    queue.done('set');
    expect(await queue.take()).toEqual(['again']);
    clock.turnTo(100);
    expect(await queue.take()).toEqual(['set']);
    // The failures are forgotten, too: the delay is the first one.
    queue.retry('failed');
    clock.turnTo(105);
    expect(await queue.take()).toEqual(['failed']);
  });
});
