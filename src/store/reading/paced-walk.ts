import { Pacer } from '../../base/pacer.ts';
import type { IterateOptions } from '../transaction/tx.ts';

/** Objects between two looks at the clock. */
const LOOK = 16;

/**
 * Walks `rows`, after `prepare`, in slices between which the event loop does what else there is. The time that the
 * caller takes for each object counts too.
 */
export async function* pacedWalk<T>(
  prepare: Iterable<void>,
  rows: () => Iterable<T>,
  { yieldAfterMs, signal }: IterateOptions,
): AsyncGenerator<T, undefined> {
  const pacer = new Pacer(signal, yieldAfterMs);
  await pacer.follow(prepare);
  let walked = 0;
  for (const row of rows()) {
    yield row;
    walked += 1;
    if (walked % LOOK === 0 && pacer.due) await pacer.pause();
  }
  return undefined;
}
