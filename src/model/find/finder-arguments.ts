import { quote } from '../../base/text/describe.ts';
import { foldCase } from '../../base/text/fold-case.ts';
import { StoreError } from '../../errors/store-error.ts';
import { indexFinders } from '../schema/finder-declarations.ts';
import type { FinderName, IndexFinder, Parameter } from '../schema/finder-declarations.ts';
import { pairKey, splitPairKey } from '../schema/index-key.ts';
import type { Finder } from './finder.ts';

/**
 * Makes the contents of a finder that looks into an index, of one argument for each of its parameters. `place` begins
 * the text of an error. Throws `ERR_INVALID_FIND_BY`.
 */
export function indexFinder(name: FinderName, first: unknown, second?: unknown, place = ''): Finder {
  const { parameters, prefix }: IndexFinder = indexFinders[name];
  const part = keyPart(name, parameters[0], first, place);
  const key = parameters[1] === undefined ? part : pairKey(part, keyPart(name, parameters[1], second, place));
  return { by: 'index', finder: name, key, prefix };
}

/** The arguments that {@link indexFinder} made a key of. A caseless string is in folded case. */
export function argumentsOf(name: FinderName, key: string): readonly (string | number | bigint)[] {
  const parameters: readonly Parameter[] = indexFinders[name].parameters;
  const parts = parameters.length === 1 ? [key] : splitPairKey(key);
  return parameters.map(({ type }, position) => {
    const part = parts[position] ?? '';
    return type === 'text' || type === 'caseless' ? part : integerOf(part);
  });
}

/** Throws `ERR_INVALID_FIND_BY` unless the argument is a string. */
export function textArgument(finder: string, parameter: string, value: unknown, place = ''): string {
  if (typeof value === 'string') return value;
  throw invalidArgument(finder, parameter, value, 'a string', place);
}

function keyPart(finder: string, { name, type }: Parameter, value: unknown, place: string): string {
  if (type === 'text') return textArgument(finder, name, value, place);
  if (type === 'caseless') return foldCase(textArgument(finder, name, value, place));
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  throw invalidArgument(finder, name, value, 'an integer', place);
}

/** A bigint, unless a number has the same digits. */
function integerOf(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits);
}

function invalidArgument(
  finder: string,
  parameter: string,
  value: unknown,
  expected: string,
  place: string,
): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError(
    'ERR_INVALID_FIND_BY',
    `${place}${finder} takes ${expected} as ${parameter}, not ${quote(value)}`,
    { kind: undefined, finder },
  );
}
