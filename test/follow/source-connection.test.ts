import { describe, expect, test } from '@jest/globals';
import { StoreError } from 'swarmstate';
import type { Commit } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowOptions, Follower } from 'swarmstate/cache';
import { Node } from 'swarmstate/proto';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { ManualSource } from './support/manual-source.ts';
import { microtasks } from '../support/microtasks.ts';

function start(options: FollowOptions<'node'> = {}): {
  source: ManualSource;
  clock: VirtualClock;
  follower: Follower<'node'>;
} {
  const source = new ManualSource();
  const clock = new VirtualClock(0);
  return { source, clock, follower: follow(source, { tables: ['node'], clock, ...options }) };
}

const overflow = (): Error => new StoreError('ERR_WATCH_OVERFLOW', 'too slow', { limit: 1 });
const nothing: Commit = { events: [] };

describe('a remote source', () => {
  test('[Y9] a follower that is outrun reads all rows again at once, and the next time after a pause', async () => {
    const { source, clock } = start();
    for (const times of [1, 2]) {
      source.answer();
      await microtasks();
      source.watchers.at(-1)!.fail(overflow());
      await microtasks();
      expect([source.looks, clock.next]).toEqual([times + 1, undefined]);
    }
    source.refuse(overflow());
    await microtasks();
    expect([source.looks, clock.next]).toEqual([3, 50]);
  });

  test('[Y9] a follower’s retry delays start over after a success', async () => {
    const { source, clock } = start();
    for (const time of [50, 150]) {
      source.refuse(new Error('no'));
      await microtasks();
      expect(clock.next).toBe(time);
      clock.turnTo(time);
      await microtasks();
    }
    source.answer();
    await microtasks();
    source.watchers[0]!.fail(new Error('no'));
    await microtasks();
    expect(clock.next).toBe(200);
  });

  test('[Y9] a source that goes stale or live changes its connected follower’s status when it has rows', async () => {
    const { source, follower } = start();
    source.say('stale', 'no leader');
    expect(follower.status).toBe('syncing');
    source.answer();
    await follower.synced;
    expect(follower.status).toBe('stale');
    source.say('live');
    expect(follower.status).toBe('live');
    await microtasks();
    source.watchers[0]!.fail(new Error('no'));
    await microtasks();
    source.say('live');
    expect(follower.status).toBe('stale');
  });

  test('[Y11] a follower reads the rows of a closed source once more, and only once', async () => {
    const { source, clock, follower } = start();
    source.version = { index: 1 };
    for (const status of ['live', 'closed']) {
      source.answer();
      await microtasks();
      source.watchers.at(-1)!.fail(new StoreError('ERR_STORE_CLOSED', 'it ended', {}));
      await microtasks();
      expect([source.looks, follower.status]).toEqual([2, status]);
    }
    expect(clock.next).toBeUndefined();
  });

  test('[Y5][Y8] a stream begins with the source’s rows, also when the option from had others', async () => {
    const gone = Node.from({ id: 'n1' });
    const { source, follower } = start({ from: { objects: { node: [gone] } } });
    const told: string[] = [];
    follower.on('commit', ({ cause, events }) => void told.push(`${cause} ${events.length}`));
    const stream = follower.commits();
    source.answer();
    expect((await stream.next()).value).toMatchObject({ cause: 'initial', events: [] });
    expect(told).toEqual(['resync 1']);
  });

  test('[Y11] an answer that arrives after the follower was closed is ignored, and its watcher is closed', async () => {
    const { source, follower } = start();
    source.answer();
    await microtasks();
    const { commits } = follower.stats();
    follower.close();
    expect(source.watchers[0]!.closed).toBe(true);
    source.watchers[0]!.deliver(nothing);
    await microtasks();
    expect([follower.stats().commits, source.listeners]).toEqual([commits, 0]);
    const late = start();
    late.follower.close();
    late.source.answer();
    await microtasks();
    expect([late.source.watchers[0]!.closed, late.follower.status]).toEqual([true, 'closed']);
  });

  test('[Y11] a follower that is closed while it waits for a retry leaves no timer', async () => {
    const { source, clock, follower } = start();
    source.refuse(new Error('no'));
    await microtasks();
    expect(clock.next).toBe(50);
    follower.close();
    expect(clock.next).toBeUndefined();
  });
});
