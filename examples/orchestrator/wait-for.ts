import type { MemoryStore, ReadTx } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Clock } from 'swarmstate/cache';

/**
 * Waits until `condition` holds in some committed state; false when it did not within `limit` milliseconds of the
 * clock, or `signal` aborted. It looks again after each commit, so nothing is polled.
 */
export async function waitFor(
  store: MemoryStore,
  clock: Clock,
  condition: (tx: ReadTx) => boolean,
  limit: number,
  signal: AbortSignal,
): Promise<boolean> {
  // Commits only, whatever they change.
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
