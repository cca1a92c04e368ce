import { OptionChecks } from '../base/options/option-checks.ts';
import { StoreError } from '../errors/store-error.ts';

/**
 * Checks of options that throw `ERR_INVALID_OBJECT`, with the option as path. `what` continues the sentence 'the
 * options of …'; `messageType` is the name of the options' type.
 */
export function optionChecks<Options extends object>(
  messageType: string,
  what: string,
  known: readonly (keyof Options & string)[],
): OptionChecks<Options> {
  return new OptionChecks<Options>(
    known,
    (path, message) =>
      new StoreError('ERR_INVALID_OBJECT', `the options of ${what}: ${message}`, { messageType, path }),
  );
}

/** The text of an error about an option `clock`. */
export const clockText = 'a clock: an object with the functions now, which gives a number, and callAt';
