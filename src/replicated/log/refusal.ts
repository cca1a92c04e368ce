import { StoreError } from '../../errors/store-error.ts';
import type { LogFault } from '../../errors/store-error.ts';

/** The error of bytes that this member must not apply. The message ends with the way out. */
export function logRefused(
  reason: LogFault,
  key: string,
  message: string,
  cause?: unknown,
): StoreError<'ERR_LOG_REFUSED'> {
  return new StoreError(
    'ERR_LOG_REFUSED',
    `${key}: ${message}`,
    { reason, key },
    cause === undefined ? undefined : { cause },
  );
}
