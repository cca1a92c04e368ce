import { StoreError } from '../../errors/store-error.ts';

/** The number of events that may wait for a watcher whose options give no limit. */
export const DEFAULT_WATCH_LIMIT = 10_000;

/** The error that ends a watcher whose reader is too slow. */
export function overflowError(limit: number): StoreError<'ERR_WATCH_OVERFLOW'> {
  return new StoreError(
    'ERR_WATCH_OVERFLOW',
    `more than ${limit} events waited to be read, so the watcher was ended; ` +
      'read faster, raise its limit, or view and watch again',
    { limit },
  );
}
