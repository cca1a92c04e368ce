import { StoreError } from '../../errors/store-error.ts';

/** How many events a watcher may have waiting where its options do not say. */
export const DEFAULT_WATCH_LIMIT = 10_000;

/** The end of a watcher that was not read in time. */
export function overflowError(limit: number): StoreError<'ERR_WATCH_OVERFLOW'> {
  return new StoreError(
    'ERR_WATCH_OVERFLOW',
    `more than ${limit} events waited to be read, so the watcher was ended; read faster, raise its limit, or view and watch again`,
    { limit },
  );
}
