import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WorkQueue } from 'swarmstate/loops';
import { checkAsyncProperty } from '../support/property.ts';
import { deferred } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { microtasks } from '../support/microtasks.ts';

describe('the work queue', () => {
  test('[Y21] a work queue hands out a key once, however often it was added, in the order of first adds', async () => {
    const queue = new WorkQueue();
    for (const key of ['b', 'a', 'b', 'c', 'b']) queue.add(key);
    expect(queue.size).toBe(3);
    expect(await queue.take(2)).toEqual(['b', 'a']);
    expect(await queue.take()).toEqual(['c']);
    const waiting = queue.take();
    queue.add('d');
    expect(await waiting).toEqual(['d']);
  });

  test('[Y21] a work queue does not hand out a key in work again before it is done', async () => {
    const queue = new WorkQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('b');
    expect(await queue.take()).toEqual(['b']);
    const waiting = queue.take();
    queue.done('b');
    queue.done('a');
    expect(await waiting).toEqual(['a']);
    queue.done('a');
    expect(queue.size).toBe(0);
  });

  test('[Y22] a work queue hands out a key at its time, which a later call of addAt replaces', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    const taken: string[] = [];
    const running = queue.run(
      (key) => {
        taken.push(`${key}@${clock.now()}`);
        return key === 'again' && clock.now() < 30 ? clock.now() + 10 : undefined;
      },
      { onError: () => undefined },
    );
    queue.addAt('a', 20);
    queue.addAt('a', 5);
    queue.addAt('never', 7);
    queue.addAt('never', undefined);
    queue.addAt('again', 10);
    for (const time of [4, 5, 10, 20, 30, 40, 50]) {
      await microtasks();
      clock.turnTo(time);
    }
    await microtasks();
    expect([taken, clock.next]).toEqual([['a@5', 'again@10', 'again@20', 'again@30'], undefined]);
    queue.close();
    await running;
  });

  test('[Y21] a key that becomes due during the work on it is not handed out beside another one', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    queue.add('a');
    expect(await queue.take(5)).toEqual(['a']);
    queue.addAt('a', 5);
    queue.addAt('c', 5);
    clock.turnTo(10);
    queue.add('b');
    expect(await queue.take(5)).toEqual(['b', 'c']);
    queue.done('a');
    expect(await queue.take(5)).toEqual(['a']);
  });

  test('[Y22] of a time set during the work on a key and the time given to done, the earlier counts', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    for (const key of ['a', 'b', 'c', 'd']) {
      // The time that was set before is done with: the key is looked at now.
      queue.addAt(key, 5);
      queue.add(key);
    }
    await queue.take();
    for (const [key, time] of [
      ['a', 20],
      ['b', 20],
      ['c', 20],
    ] as const) {
      queue.addAt(key, time);
    }
    queue.done('a');
    queue.done('b', 10);
    queue.done('c', 30);
    queue.done('d');
    expect([queue.size, clock.next]).toEqual([3, undefined]);
    const next = queue.take();
    expect(clock.next).toBe(10);
    clock.turnTo(10);
    expect(await next).toEqual(['b']);
    const rest = queue.take();
    clock.turnTo(20);
    expect(await rest).toEqual(['a', 'c']);
  });

  test('[Y22] a key that becomes due during the work on it wakes no taker before the work is done', async () => {
    const clock = new VirtualClock(10);
    const queue = new WorkQueue({ clock });
    queue.add('a');
    await queue.take();
    queue.addAt('a', 5);
    const waiting = queue.take();
    await microtasks();
    expect(clock.next).toBeUndefined();
    queue.done('a');
    expect(await waiting).toEqual(['a']);
  });

  test('[Y23] a failed key comes again after growing delays, which a success resets', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock, backOff: { initialMs: 10, maxMs: 35 } });
    const times: number[] = [];
    const errors: unknown[] = [];
    let failing = true;
    const running = queue.run(
      () => {
        times.push(clock.now());
        if (failing) throw new Error('not yet');
      },
      { onError: (error, key) => void errors.push([String(error), key]) },
    );
    queue.add('a');
    const run = async (): Promise<void> => {
      await microtasks();
      while (clock.next !== undefined && clock.now() < 100) {
        // A key that is added during its delay comes with its retry.
        clock.turnTo(clock.next);
        await microtasks();
      }
    };
    await run();
    expect(times).toEqual([0, 10, 30, 65, 100]);
    failing = false;
    clock.turnTo(clock.next!);
    await microtasks();
    failing = true;
    queue.add('a');
    await microtasks();
    expect([times.slice(5), clock.next]).toEqual([[135, 135], 145]);
    expect(errors).toHaveLength(6);
    expect(errors[0]).toEqual(['Error: not yet', 'a']);
    queue.close();
    await running;
  });

  test('[Y23] an error that onError throws does not stop the work queue', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue({ clock });
    const uncaught: unknown[] = [];
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (callback) => {
      try {
        callback();
      } catch (error) {
        uncaught.push(error);
      }
    };
    try {
      const worked: string[] = [];
      const work = (key: string): void => {
        worked.push(key);
        throw new Error(key);
      };
      const onError = (error: unknown): void => {
        throw error;
      };
      const running = queue.run(work, { onError });
      for (const key of ['a', 'b']) queue.add(key);
      await microtasks();
      queue.close();
      await running;
      expect([worked, uncaught.map(String)]).toEqual([
        ['a', 'b'],
        ['Error: a', 'Error: b'],
      ]);
    } finally {
      globalThis.queueMicrotask = original;
    }
  });

  test('[Y24] a work queue hands out keys no faster than its rate limit', async () => {
    const clock = new VirtualClock(0);
    const queue = new WorkQueue<number>({ clock, rate: { perSecond: 10, burst: 3 } });
    const times: number[] = [];
    const running = queue.run(() => void times.push(clock.now()), { onError: () => undefined, concurrency: 2 });
    for (let key = 0; key < 6; key++) queue.add(key);
    const drain = async (): Promise<void> => {
      for (await microtasks(); clock.next !== undefined; await microtasks()) clock.turnTo(clock.next);
    };
    await drain();
    expect(times).toEqual([0, 0, 0, 100, 200, 300]);
    // After the longest pause, at most one burst comes at once.
    clock.turnTo(10_000);
    for (let key = 0; key < 5; key++) queue.add(key);
    await drain();
    expect(times.slice(6)).toEqual([10_000, 10_000, 10_000, 10_100, 10_200]);
    queue.close();
    await running;
  });

  test('[Y21] close ends a work queue’s run after the keys in work', async () => {
    const controller = new AbortController();
    const queue = new WorkQueue();
    const held = deferred();
    let ended = false;
    const running = queue
      .run(() => held.promise, { onError: () => undefined, signal: controller.signal })
      .then(() => (ended = true));
    queue.add('a');
    queue.add('b');
    await microtasks();
    controller.abort();
    queue.add('c');
    await microtasks();
    expect([ended, queue.size]).toEqual([false, 0]);
    held.resolve();
    await running;
    expect(await queue.take()).toEqual([]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('[Y25] a work queue loses no key and never has a key in work twice, in random programs', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constantFrom('add' as const), key: fc.nat(4) }),
      fc.record({ do: fc.constantFrom('at' as const), key: fc.nat(4), time: fc.integer({ min: 0, max: 200 }) }),
      fc.record({ do: fc.constantFrom('finish' as const, 'turn' as const), key: fc.nat(30) }),
    );
    await checkAsyncProperty(
      fc.asyncProperty(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        async (program, concurrency, rated) => {
          const clock = new VirtualClock(0);
          const queue = new WorkQueue<number>({ clock, ...(rated ? { rate: { perSecond: 100, burst: 2 } } : {}) });
          const working = new Map<number, () => void>();
          /** The changes after the start of the last work. */
          const unseen = new Set<number>();
          let most = 0;
          let attempt = 0;
          const running = queue.run(
            async (key) => {
              if (working.has(key)) throw new Error(`${key} is worked on twice`);
              unseen.delete(key);
              const { promise, resolve } = deferred();
              working.set(key, resolve);
              most = Math.max(most, working.size);
              await promise;
              working.delete(key);
              attempt += 1;
              if (attempt % 3 === 0) {
                unseen.add(key);
                throw new Error('fails');
              }
            },
            { concurrency, onError: (error) => expect(String(error)).toBe('Error: fails') },
          );
          for (const step of program) {
            if (step.do === 'add') {
              unseen.add(step.key);
              queue.add(step.key);
            } else if (step.do === 'at') queue.addAt(step.key, step.time);
            else if (step.do === 'turn') clock.turnTo(clock.now() + step.key);
            else working.values().next().value?.();
            await microtasks();
          }
          for (let round = 0; round < 500 && (working.size > 0 || clock.next !== undefined); round++) {
            for (const finish of working.values()) finish();
            await microtasks();
            if (clock.next !== undefined) clock.turnTo(clock.next);
            await microtasks();
          }
          expect([...unseen]).toEqual([]);
          expect([queue.size, most <= concurrency]).toEqual([0, true]);
          queue.close();
          await running;
        },
      ),
      { numRuns: 60 },
    );
  });
});
