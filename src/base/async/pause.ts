import { onAbort } from './on-abort.ts';

/**
 * Resolves after a time, in milliseconds, or as soon as the signal aborts. The promise never rejects: look at
 * `signal.aborted` afterwards. Use it between two attempts to reach a server.
 *
 * @example
 * ```ts
 * import { pause } from 'swarmstate/kv/backend';
 *
 * async function untilReached(connect: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
 *   while (!signal.aborted && !(await connect())) await pause(50, signal);
 * }
 * ```
 */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const forget = onAbort(signal, done);
    if (signal.aborted) done();
  });
}
