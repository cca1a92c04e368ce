import { KvError } from '../../errors/kv-error.ts';

/**
 * The error of a write that was sent and got no answer: nobody can say whether it happened. `details` completes the
 * message; `cause` is the client's error, or the reason of the signal that aborted the call.
 *
 * @example
 * ```ts
 * import { unknownOutcome } from 'swarmstate/kv/backend';
 *
 * async function send(request: () => Promise<void>): Promise<void> {
 *   try {
 *     await request();
 *   } catch (error) {
 *     throw unknownOutcome('mine', 'the connection broke', error);
 *   }
 * }
 * ```
 */
export function unknownOutcome(backend: string, details: string, cause: unknown): KvError<'ERR_KV_OUTCOME_UNKNOWN'> {
  return new KvError(
    'ERR_KV_OUTCOME_UNKNOWN',
    `the write was sent and not answered (${details}): it may have happened, or may still; read before doing it again`,
    { backend },
    { cause },
  );
}
