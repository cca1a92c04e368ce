import { isStoreError } from '../../../src/errors/store-error.ts';
import type { StoreError, StoreErrorCode } from '../../../src/errors/store-error.ts';

/** The error of that code that `action` throws; any other outcome is the failure of the test. */
export function refusal<C extends StoreErrorCode>(code: C, action: () => unknown): StoreError<C> {
  try {
    action();
  } catch (error) {
    if (isStoreError(error, code)) return error;
    throw error;
  }
  throw new Error(`expected ${code}, but nothing was refused`);
}
