import { onAbort } from './on-abort.ts';

/**
 * Settles as `promise` does, or rejects with the signal's reason if the signal aborts first. The work behind `promise`
 * goes on; its later result or error is dropped.
 *
 * The callback is taken back as soon as `promise` settles, so a signal that outlives many calls keeps none of them. (A
 * `Promise.race` against one promise per signal would keep each.)
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    const forget = onAbort(signal, abort);
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(forget);
  });
}
