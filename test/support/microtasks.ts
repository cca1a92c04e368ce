import { turnIsAwaited } from '../../src/base/scheduling/turns.ts';

/**
 * Resolves when every microtask that is queued, and those that follow from them, have run. A loop that gave the event
 * loop its turn meanwhile goes on in a further round.
 */
export async function microtasks(): Promise<void> {
  for (let round = 0; round < 2 || turnIsAwaited(); round++) await new Promise((resolve) => void setImmediate(resolve));
}
