import { KvError } from '../../errors/kv-error.ts';

/** The error of a write that was sent, and of which nobody can say what became of it. */
export function unknownOutcome(details: string, cause: unknown): KvError {
  return new KvError(
    'ERR_KV_OUTCOME_UNKNOWN',
    `the write was sent and not answered (${details}): it may have happened, or may still; read before doing it again`,
    { cause },
  );
}
