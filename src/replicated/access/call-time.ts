import { onAbort } from '../../base/async/on-abort.ts';
import type { Clock } from '../../base/clock.ts';
import { isKvError } from '../../errors/kv-error.ts';

/** The reason with which a call of the key/value store is aborted that takes too long. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout';
}

/** The kinds of failures of a call, by what they say about a write. */
export type Failure =
  /** The write may have happened, or may still happen. */
  | 'unknown'
  /** The write did not happen; the same call may succeed later. */
  | 'passing'
  /** The write did not happen, and will not when it is sent again. */
  | 'refused';

/** The kind of a failure. An error of an unknown sort says nothing about its write. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CallTimeout) return 'passing';
  if (!isKvError(error)) return 'unknown';
  switch (error.code) {
    case 'ERR_KV_OUTCOME_UNKNOWN':
      return 'unknown';
    case 'ERR_KV_NOT_REACHABLE':
      return 'passing';
    default:
      return 'refused';
  }
}

/**
 * Runs a call that is aborted after some milliseconds, or when `signal` aborts. A call that ignores the abort is given
 * up after as many milliseconds again: its outcome is not known then.
 */
export function timed<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let cancel = clock.callAt(clock.now() + milliseconds, () => {
      abort(new CallTimeout(`the key/value store did not answer within ${milliseconds} ms`));
    });
    const abort = (reason: unknown): void => {
      cancel();
      cancel = clock.callAt(clock.now() + milliseconds, () => {
        end(() => reject(new Error('a call of the key/value store did not end after it was aborted')));
      });
      controller.abort(reason);
    };
    const end = (settle: () => void): void => {
      cancel();
      forget?.();
      settle();
    };
    const forget = signal === undefined ? undefined : onAbort(signal, () => abort(signal.reason));
    if (signal?.aborted === true) abort(signal.reason);
    call(controller.signal).then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
