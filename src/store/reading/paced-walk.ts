import { Pacer } from '../../base/pacer.ts';
import type { IterateOptions } from '../transaction/tx.ts';

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
  for (const row of rows()) {
    yield row;
    if (pacer.rowDone()) await pacer.pause();
  }
  return undefined;
}
