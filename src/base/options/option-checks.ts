import { isRecord, isRevoked } from '../host/is-revoked.ts';
import { quote } from '../text/describe.ts';

/** Makes the error for an option that is wrong. An empty path stands for the options as a whole. */
export type OptionError = (path: readonly string[], message: string) => Error;

/**
 * Checks the options of one function or class. The caller says which error is thrown, so that the store and key/value
 * stores each throw their own.
 */
export class OptionChecks<Options extends object> {
  readonly #known: readonly string[];
  readonly #error: OptionError;

  /** `known` has the names of all options. */
  constructor(known: readonly (keyof Options & string)[], error: OptionError) {
    this.#known = known;
    this.#error = error;
  }

  /** Throws unless `options` is an object whose own members are all known options. O(options). */
  names(options: unknown): void {
    if (!isRecord(options)) throw this.#error([], `they are an object, not ${quote(options)}`);
    for (const name of Object.keys(options)) {
      if (this.#known.includes(name)) continue;
      const known = this.#known.length === 0 ? 'none' : this.#known.join(', ');
      throw this.#error([name], `there is no option '${name}'; there are ${known}`);
    }
  }

  /** Throws unless the value at `path` is `valid`. `expected` says which values are: 'a number of 1 or more'. */
  valid(valid: boolean, path: string | readonly string[], value: unknown, expected: string): void {
    if (valid) return;
    const steps = typeof path === 'string' ? [path] : path;
    throw this.#error(steps, `${steps.join('.')} is ${expected}, not ${quote(value)}`);
  }

  /** Throws unless the value is undefined or an `AbortSignal`. A signal of another realm is one, too. */
  signal(value: unknown): void {
    const signal = value as Partial<AbortSignal> | null | undefined;
    const valid =
      signal === undefined ||
      (typeof signal === 'object' &&
        signal !== null &&
        !isRevoked(signal) &&
        typeof signal.aborted === 'boolean' &&
        typeof signal.addEventListener === 'function');
    this.valid(valid, 'signal', value, 'an AbortSignal');
  }
}

/** True for a number from `least` to `most`; false for NaN and for every other value. */
export function isNumberIn(value: unknown, least: number, most: number = Infinity): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

/** True for a number from `least` on that is not infinite. */
export function isFiniteFrom(value: unknown, least: number): value is number {
  return isNumberIn(value, least, Number.MAX_VALUE);
}

/** True for an integer from `least` on. */
export function isWholeFrom(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
