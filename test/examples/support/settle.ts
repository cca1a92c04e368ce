import { microtasks } from '../../support/microtasks.ts';

/**
 * Lets every promise that can settle do so: loops work in microtasks, and all of those run before a turn of the event
 * loop ends. A loop that gives the event loop its turn goes on in a further one.
 */
export function settleAll(): Promise<void> {
  return microtasks(3);
}
