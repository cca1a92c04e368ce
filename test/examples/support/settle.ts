import { setImmediate } from 'node:timers/promises';

/**
 * Lets every promise that can settle do so: loops work in microtasks, and all of those run before a turn of the event
 * loop ends.
 */
export async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
