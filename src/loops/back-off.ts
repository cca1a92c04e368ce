import { isFiniteFrom } from '../base/options/option-checks.ts';
import type { OptionChecks } from '../base/options/option-checks.ts';
import { defaultBackOff } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { optionChecks } from '../model/option-checks.ts';

const members = optionChecks<BackOff>('BackOff', 'a back-off', ['initialMs', 'maxMs', 'factor']);

/** The option `backOff`, completed by the defaults. Throws `ERR_INVALID_OBJECT`. */
export function completeBackOff<Options extends object>(
  checks: OptionChecks<Options>,
  given: Partial<BackOff> | undefined,
): BackOff {
  if (given === undefined) return defaultBackOff;
  members.names(given);
  const { initialMs = defaultBackOff.initialMs, maxMs = defaultBackOff.maxMs, factor = defaultBackOff.factor } = given;
  const milliseconds = 'a number of milliseconds, 0 or more';
  checks.valid(isFiniteFrom(initialMs, 0), ['backOff', 'initialMs'], initialMs, milliseconds);
  checks.valid(isFiniteFrom(maxMs, 0), ['backOff', 'maxMs'], maxMs, milliseconds);
  checks.valid(isFiniteFrom(factor, 1), ['backOff', 'factor'], factor, 'a number, 1 or more');
  return { initialMs, maxMs, factor };
}
