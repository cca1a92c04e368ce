import { turnIsAwaited } from '../../src/base/scheduling/turns.ts';

/**
 * Resolves when every microtask that is queued, and those that follow from them, have run. A loop that gave the event
 * loop its turn meanwhile goes on in a further round. There are at least `rounds`.
 */
export async function microtasks(rounds = 2): Promise<void> {
  for (let round = 0; round < rounds || turnIsAwaited(); round++)
    await new Promise((resolve) => void setImmediate(resolve));
}
