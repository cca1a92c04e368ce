import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { Commit } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowSource } from 'swarmstate/cache';
import { WorkQueue } from 'swarmstate/loops';

/** The longest time that a loop of promise jobs may go on when the event loop gets no turn: then the test fails. */
const PATIENCE_MS = 3000;

/** A timer of 5 ms, and a function that says whether to go on: until the timer has fired or patience has ended. */
function timer(): { readonly fired: () => boolean; readonly goesOn: () => boolean } {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 5);
  const end = performance.now() + PATIENCE_MS;
  return { fired: () => fired, goesOn: () => !fired && performance.now() < end };
}

describe('loops that only await promise jobs', () => {
  test('[Y37] a key that is added again and again does not starve timers', async () => {
    const queue = new WorkQueue();
    const { fired, goesOn } = timer();
    queue.add('a');
    await queue.run((key) => (goesOn() ? queue.add(key) : queue.close()), { onError: () => undefined });
    expect(fired()).toBe(true);
  });

  test('[Y37] a loop over take does not starve timers', async () => {
    const queue = new WorkQueue();
    const { fired, goesOn } = timer();
    while (goesOn()) {
      queue.add('a');
      for (const key of await queue.take()) queue.done(key);
    }
    expect(fired()).toBe(true);
  });

  test('[Y37] a loop over the commits of a follower does not starve timers', async () => {
    const store = new MemoryStore();
    const follower = follow(store, { tables: ['node'] });
    const { fired, goesOn } = timer();
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    let commits = 0;
    for await (const _ of follower) {
      if (!goesOn()) break;
      await store.update((tx) => tx.nodes.update({ id: 'n', description: { hostname: String(commits++) } }));
    }
    expect(fired()).toBe(true);
  });

  test('[Y37] a source that always has a commit does not starve timers', async () => {
    const { fired, goesOn } = timer();
    const commit: Commit = { events: [] };
    const source: FollowSource = {
      viewAndWatch: (callback) => ({
        value: callback({ version: undefined, table: () => ({ find: () => [] }) }),
        watcher: {
          commits: () => ({
            next: () => Promise.resolve(goesOn() ? { done: false, value: commit } : { done: true, value: undefined }),
          }),
          close: () => undefined,
        },
      }),
    };
    await follow(source, { tables: ['node'] }).closed;
    expect(fired()).toBe(true);
  });
});
