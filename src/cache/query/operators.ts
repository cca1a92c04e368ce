import { isList, isRevoked } from '../../base/host/is-revoked.ts';
import { isWholeFrom } from '../../base/options/option-checks.ts';
import { quote } from '../../base/text/describe.ts';
import { compareValues, equalValues } from './compare.ts';
import { checkComparable, invalidQuery, isMembers, isRegExp, isScalar } from './operands.ts';
import type { Scalar } from './operands.ts';

/** Says whether a field's value passes. The value is undefined where the field is absent. */
export type ValueTest = (value: unknown) => boolean;

/** Checks an operand and makes the test. `where` names the operator in errors. */
type Operator = (operand: unknown, where: string) => ValueTest;

/** The operators of conditions. Each throws `ERR_INVALID_FIND_BY` for an operand that it does not take. */
const operators: Readonly<Record<string, Operator>> = {
  $eq: equalTo,
  $ne: (operand, where) => not(equalTo(operand, where)),
  $gt: (operand, where) => {
    const bound = scalar(operand, where);
    return (value) => isOrdered(value) && compareValues(value, bound) > 0;
  },
  $gte: (operand, where) => {
    const bound = scalar(operand, where);
    return (value) => isOrdered(value) && compareValues(value, bound) >= 0;
  },
  $lt: (operand, where) => {
    const bound = scalar(operand, where);
    return (value) => isOrdered(value) && compareValues(value, bound) < 0;
  },
  $lte: (operand, where) => {
    const bound = scalar(operand, where);
    return (value) => isOrdered(value) && compareValues(value, bound) <= 0;
  },
  $between: (operand, where) => {
    if (!isList(operand) || operand.length !== 2) {
      throw invalidQuery(`${where} takes a list of two bounds, not ${quote(operand)}`);
    }
    const [lower, upper] = operand.map((bound) => scalar(bound, where));
    return (value) => isScalar(value) && compareValues(value, lower) >= 0 && compareValues(value, upper) <= 0;
  },
  $in: oneOf,
  $nin: (operand, where) => not(oneOf(operand, where)),
  $regex: (operand, where) => {
    if (!isRegExp(operand)) throw invalidQuery(`${where} takes a regular expression, not ${quote(operand)}`);
    // A global or sticky expression would start where its last match ended.
    const pattern = new RegExp(operand.source, operand.flags.replace(/[gy]/g, ''));
    return (value) => isScalar(value) && pattern.test(String(value));
  },
  $contains: (operand, where) => {
    checkComparable(operand, where);
    const wanted: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    return (value) => wanted.every((item) => contains(value, item));
  },
  $exists: (operand, where) => {
    if (typeof operand !== 'boolean') throw invalidQuery(`${where} takes true or false, not ${quote(operand)}`);
    return (value) => (value !== undefined) === operand;
  },
  $size: (operand, where) => {
    if (!isWholeFrom(operand, 0)) throw invalidQuery(`${where} takes a length, not ${quote(operand)}`);
    return (value) => (Array.isArray(value) || typeof value === 'string') && value.length === operand;
  },
};

/** One operator of a condition, with its operand. */
export interface Clause {
  readonly operator: string;
  readonly operand: unknown;
  readonly test: ValueTest;
}

/**
 * The clauses of a condition: its operators, or `$eq` where it is a value. Throws `ERR_INVALID_FIND_BY` for an unknown
 * operator, and for an operand that its operator does not take.
 */
export function clausesOf(path: string, condition: unknown): readonly Clause[] {
  const where = `the condition of ${path}`;
  const names = !isRevoked(condition) && isMembers(condition) ? Object.keys(condition) : [];
  if (!names.some((name) => name.startsWith('$'))) {
    return [{ operator: '$eq', operand: condition, test: equalTo(condition, where) }];
  }
  return Object.entries(condition as object).map(([operator, operand]: [string, unknown]) => {
    const make = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (make === undefined) {
      const known = Object.keys(operators).join(', ');
      throw invalidQuery(`${where} has no operator ${operator}; there are ${known}`);
    }
    return { operator, operand, test: make(operand, `${operator} in ${where}`) };
  });
}

function equalTo(operand: unknown, where: string): ValueTest {
  checkComparable(operand, where);
  if (typeof operand === 'string' || typeof operand === 'boolean') return (value) => value === operand;
  return (value) => equalValues(value, operand);
}

function oneOf(operand: unknown, where: string): ValueTest {
  if (!isList(operand)) throw invalidQuery(`${where} takes a list, not ${quote(operand)}`);
  const items = operand;
  for (const item of items) checkComparable(item, where);
  const scalars = new Set(items.map(comparableScalar));
  const others = items.filter((item) => !isScalar(item));
  return (value) => scalars.has(comparableScalar(value)) || others.some((item) => equalValues(value, item));
}

/** A scalar in the form in which equal ones are identical. */
function comparableScalar(value: unknown): unknown {
  return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : value;
}

function not(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function scalar(operand: unknown, where: string): Scalar {
  if (isScalar(operand)) return operand;
  throw invalidQuery(`${where} takes text or a number, not ${quote(operand)}`);
}

/** Objects and lists have no place in an order of scalars; an absent field comes before all of them. */
function isOrdered(value: unknown): boolean {
  return isScalar(value) || value === undefined || value === null;
}

function contains(value: unknown, item: unknown): boolean {
  if (typeof value === 'string') return typeof item === 'string' && value.includes(item);
  if (Array.isArray(value)) return value.some((member) => equalValues(member, item));
  return isMembers(value) && typeof item === 'string' && Object.hasOwn(value, item);
}
