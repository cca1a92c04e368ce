import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { reconcileOnCommit } from 'swarmstate/loops';
import { deferred, thrown } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { microtasks } from '../support/microtasks.ts';

describe('reconcileOnCommit', () => {
  async function world() {
    const store = new MemoryStore({ history: 100, firstVersion: 1 });
    const clock = new VirtualClock(0);
    const follower = follow(store, { tables: ['node'] });
    let next = 0;
    const commit = async (): Promise<void> => {
      next += 1;
      await store.update((tx) => tx.nodes.create({ id: `n${next}` }));
      await follower.waitFor(store.version);
    };
    const turn = async (time: number): Promise<void> => {
      clock.turnTo(time);
      await microtasks();
    };
    return { store, clock, follower, commit, turn };
  }

  test('[Y26] reconcileOnCommit runs at first, and after commits once quiet, at the latest after maxMs', async () => {
    const { clock, follower, commit, turn } = await world();
    const runs: string[] = [];
    const loop = reconcileOnCommit(follower, () => void runs.push(`${clock.now()}: ${follower.table('node').size}`), {
      clock,
      quietMs: 50,
      maxMs: 120,
      onError: () => undefined,
    });
    await turn(0);
    for (const time of [10, 40, 70, 100, 115]) {
      await turn(time);
      await commit();
    }
    await turn(129);
    await turn(130);
    await turn(200);
    await commit();
    await turn(249);
    await turn(250);
    expect([runs, clock.next]).toEqual([['0: 0', '130: 5', '250: 6'], undefined]);
    await loop.stop();
  });

  test('[Y26] runs of reconcileOnCommit do not overlap, and a commit during a run leads to another run', async () => {
    const { clock, follower, commit, turn } = await world();
    const held = [deferred(), deferred()];
    let runs = 0;
    const loop = reconcileOnCommit(follower, () => held[runs++]!.promise, { clock, onError: () => undefined });
    await turn(0);
    await commit();
    await turn(1000);
    expect(runs).toBe(1);
    held[0]!.resolve();
    await microtasks();
    await turn(1001);
    expect(runs).toBe(2);
    let ended = false;
    const stopped = loop.stop().then(() => (ended = true));
    await microtasks();
    expect(ended).toBe(false);
    held[1]!.resolve();
    await stopped;
  });

  test('[Y27] reconcileOnCommit retries a failed run after growing delays, and ends with its source', async () => {
    const { store, clock, follower, commit, turn } = await world();
    const times: number[] = [];
    const errors: unknown[] = [];
    const controller = new AbortController();
    const loop = reconcileOnCommit(
      follower,
      () => {
        times.push(clock.now());
        if (times.length < 3) throw new Error('not yet');
      },
      { clock, backOff: { initialMs: 10 }, onError: (error) => void errors.push(error), signal: controller.signal },
    );
    await turn(0);
    await commit();
    await turn(10);
    await turn(30);
    await turn(500);
    expect([times, errors.length]).toEqual([[0, 10, 30], 2]);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    await store.close();
    await loop.done;
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    const late = reconcileOnCommit(follower, () => undefined, { clock, onError: () => undefined });
    await late.done;
    const { follower: live } = await world();
    await reconcileOnCommit(live, () => undefined, { clock, onError: () => undefined, signal: AbortSignal.abort() })
      .done;
    expect(clock.next).toBeUndefined();
  });
});

test.each([
  ['quietMs', Number.NaN],
  ['quietMs', -1],
  ['quietMs', Infinity],
  ['maxMs', Number.NaN],
  ['maxMs', '5'],
  ['backOff', { initialMs: Number.NaN }],
  ['onError', undefined],
  ['clock', {}],
  ['signal', new AbortController()],
])('[Y36] reconcileOnCommit refuses the option %s of %p', (name, value) => {
  const follower = follow(new MemoryStore(), { tables: ['node'] });
  const options = { onError: () => undefined, [name]: value };
  const error = thrown(() => reconcileOnCommit(follower, () => undefined, options), 'ERR_INVALID_OBJECT');
  expect(error['path']).toContain(name);
});
