import { isMembers } from './operands.ts';

/**
 * The order of values: absent ones, false, true, the empty text, then numbers and texts that are numbers, by their
 * number, then other texts. Bigints are compared exactly. Loki's indexes have the same order of scalars.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string' && rankOf(a) === TEXT) return a < b ? -1 : 1;
  if (rankOf(a) !== NUMBER) return Array.isArray(a) && Array.isArray(b) ? compareLists(a, b) : 0;
  const difference = Number(a) - Number(b);
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

const NUMBER = 5;
const TEXT = 6;

function rankOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? 0 : NUMBER;
    case 'bigint':
      return NUMBER;
    case 'string':
      return value === '' ? 4 : Number.isNaN(Number(value)) ? TEXT : NUMBER;
    case 'boolean':
      return value ? 3 : 2;
    case 'object':
      return value === null ? 1 : Array.isArray(value) ? 8 : 7;
    default:
      return 1;
  }
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let position = 0; position < Math.min(a.length, b.length); position += 1) {
    const order = compareValues(a[position], b[position]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/**
 * True for values that are equal by value: lists, objects and bytes by their members. A number equals a bigint of the
 * same value, and a member that is undefined equals one that is absent. Both have to end: no object holds itself.
 */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return typeof a !== typeof b && a >= b && a <= b;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && equalLists(a, b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && equalLists(a, b);
  }
  return isMembers(a) && isMembers(b) && equalMembers(a, b);
}

function equalLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let position = 0; position < a.length; position += 1) {
    if (!equalValues(a[position], b[position])) return false;
  }
  return true;
}

function equalMembers(a: object, b: object): boolean {
  const members = new Map(presentMembers(a));
  const others = presentMembers(b);
  return (
    members.size === others.length &&
    others.every(([key, value]) => members.has(key) && equalValues(members.get(key), value))
  );
}

function presentMembers(value: object): readonly [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
