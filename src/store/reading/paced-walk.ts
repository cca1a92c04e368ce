import { isNumberIn } from '../../base/options/option-checks.ts';
import { Pacer } from '../../base/pacer.ts';
import { optionChecks } from '../../model/option-checks.ts';
import type { IterateOptions } from '../transaction/tx.ts';

const checks = optionChecks<IterateOptions>('IterateOptions', 'iterate', ['yieldAfterMs', 'signal']);

/** Checks the options of a walk. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkedWalk(options: IterateOptions): IterateOptions {
  checks.names(options);
  const { yieldAfterMs, signal } = options;
  checks.valid(isNumberIn(yieldAfterMs, 0), 'yieldAfterMs', yieldAfterMs, 'a number of milliseconds');
  checks.signal(signal);
  return { yieldAfterMs, signal };
}

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
