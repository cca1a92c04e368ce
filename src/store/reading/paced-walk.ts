import { Pacer } from '../../base/pacer.ts';
import type { IterateOptions } from '../transaction/tx.ts';

/**
 * Walks `rows`, after `prepare`, in slices, and gives the event loop a turn between two slices. The caller's own time
 * for each object counts too.
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
