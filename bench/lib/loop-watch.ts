import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MemoryStore } from 'swarmstate';
import { nextOf } from './objects.ts';

/**
 * Notes how long the loop was kept from its timers, and a writer who goes on from its turn, while `work` ran:
 * nanoseconds.
 */
export async function watched(
  figures: Record<string, number>,
  name: string,
  store: MemoryStore,
  someId: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const ended = new AbortController();
  let longestWait = 0;
  const writing = (async () => {
    while (!ended.signal.aborted) {
      const start = performance.now();
      await store.update((tx) => {
        const task = tx.tasks.get(someId);
        if (task !== undefined) tx.tasks.update(nextOf(task));
      });
      longestWait = Math.max(longestWait, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  figures[`${name}, all of it`] = (performance.now() - start) * 1e6;
  delay.disable();
  ended.abort();
  await writing;
  figures[`${name}, loop delay, 99 %`] = delay.percentile(99);
  figures[`${name}, loop delay, longest`] = delay.max;
  figures[`${name}, longest wait of a writer`] = longestWait * 1e6;
}
