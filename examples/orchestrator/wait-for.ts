import type { MemoryStore, ReadTx } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Clock } from 'swarmstate/cache';

/**
 * Waits until `condition` holds in some committed state and returns true. Returns false after `limit` milliseconds of
 * the clock, or when `signal` aborts. Tests the condition again after each commit, without polling.
 */
export async function waitFor(
  store: MemoryStore,
  clock: Clock,
  condition: (tx: ReadTx) => boolean,
  limit: number,
  signal: AbortSignal,
): Promise<boolean> {
  // Selects every commit, whatever it changes.
  using commits = follow(store, { tables: [], events: [{ action: 'commit' }], signal });
  const cancel = clock.callAt(clock.now() + limit, () => commits.close());
  try {
    const reader = commits.commits();
    while ((await reader.next()).done !== true) if (store.view(condition)) return true;
    return false;
  } finally {
    cancel();
  }
}
