import type { MemoryStore, ReadTx } from 'swarmstate';
import type { Clock } from './clock.ts';

/**
 * Waits until `condition` holds in some committed state; false when it did not within `limit` milliseconds of the clock, or `signal` aborted. It looks again after each commit, so
 * nothing is polled.
 */
export async function waitFor(
  store: MemoryStore,
  clock: Clock,
  condition: (tx: ReadTx) => boolean,
  limit: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  const { value: holds, watcher } = store.viewAndWatch(condition, { events: [{ action: 'commit' }] });
  const close = (): void => watcher.close();
  if (holds) {
    close();
    return true;
  }
  const cancel = clock.callAt(clock.now() + limit, close);
  signal.addEventListener('abort', close);
  try {
    for await (const commit of watcher) if (commit.action === 'commit' && store.view(condition)) return true;
    return false;
  } finally {
    cancel();
    signal.removeEventListener('abort', close);
  }
}
