import { setImmediate } from 'node:timers/promises';
import { turnIsAwaited } from '../../../src/base/scheduling/turns.ts';

/**
 * Lets every promise that can settle do so: loops work in microtasks, and all of those run before a turn of the event
 * loop ends. A loop that gives the event loop its turn goes on in a further one.
 */
export async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 3 || turnIsAwaited(); turn++) await setImmediate();
}
