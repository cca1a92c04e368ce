import { isList, isRecord } from '../../base/host/is-revoked.ts';
import { quote } from '../../base/text/describe.ts';
import { MAX_DEPTH } from '../../model/find/finder.ts';
import { FieldReader } from './field-reader.ts';
import { invalidQuery, isScalar } from './operands.ts';
import { clausesOf } from './operators.ts';
import type { Clause } from './operators.ts';

/** A query that was checked. */
export interface CompiledQuery {
  /**
   * A query in Loki's language that an index answers, and that finds at least the rows of this query. Undefined: no
   * index helps.
   */
  readonly narrow: object | undefined;
  /** True for a row that the query finds. */
  readonly test: (row: object) => boolean;
}

/** The way to answer a condition by an index. A smaller `cost` finds fewer rows, as a rule. */
interface Narrowing {
  readonly query: object;
  readonly cost: number;
}

interface Compiled {
  readonly narrowing: Narrowing | undefined;
  readonly test: (row: object) => boolean;
}

/**
 * Checks a query and prepares it. Loki only narrows the rows by an index, and `test` decides. Loki's own operators
 * compare large integers as floats, and read only one operator of a field.
 *
 * Throws `ERR_INVALID_FIND_BY`, also beyond 1,000 levels of nested queries. O(size of the query).
 */
export function compileQuery(query: unknown, indexed: ReadonlySet<string>): CompiledQuery {
  const { narrowing, test } = compile(query, indexed, 1);
  return { narrow: narrowing?.query, test };
}

function compile(query: unknown, indexed: ReadonlySet<string>, depth: number): Compiled {
  if (!isRecord(query)) {
    throw invalidQuery(`a query is an object of conditions, not ${quote(query)}`);
  }
  if (depth > MAX_DEPTH) throw invalidQuery(`queries are nested more than ${MAX_DEPTH} levels deep`);
  const members: Compiled[] = [];
  for (const [path, condition] of Object.entries(query)) {
    if (condition === undefined) continue;
    if (path === '$and' || path === '$or') {
      if (!isList(condition)) throw invalidQuery(`${path} takes a list of queries, not ${quote(condition)}`);
      const parts = condition.map((part) => compile(part, indexed, depth + 1));
      members.push(path === '$and' ? allOf(parts) : anyOf(parts));
    } else if (path.startsWith('$')) {
      throw invalidQuery(`there is no operator ${path} of queries; there are $and and $or`);
    } else {
      members.push(fieldTest(path, clausesOf(path, condition), indexed.has(path)));
    }
  }
  return allOf(members);
}

function fieldTest(path: string, clauses: readonly Clause[], indexed: boolean): Compiled {
  const reader = new FieldReader(path);
  // Each clause on its own: through a list, different items may pass different clauses.
  const tests = clauses.map(
    ({ test }) =>
      (row: object) =>
        reader.some(row, test),
  );
  const narrowing = indexed ? cheapest(clauses.map((clause) => narrowed(path, clause))) : undefined;
  return { narrowing, test: every(tests) };
}

function narrowed(path: string, { operator, operand }: Clause): Narrowing | undefined {
  switch (operator) {
    case '$eq':
      return isScalar(operand) ? { query: { [path]: { $aeq: operand } }, cost: 1 } : undefined;
    case '$in': {
      const items = operand as readonly unknown[];
      if (items.length === 0 || !items.every(isScalar)) return undefined;
      return { query: { $or: items.map((item) => ({ [path]: { $aeq: item } })) }, cost: 1 + items.length };
    }
    case '$between':
      return { query: { [path]: { $between: operand } }, cost: 1000 };
    case '$gt':
    case '$gte':
      return { query: { [path]: { $gte: operand } }, cost: 10_000 };
    case '$lt':
    case '$lte':
      return { query: { [path]: { $lte: operand } }, cost: 10_000 };
    default:
      return undefined;
  }
}

function allOf(parts: readonly Compiled[]): Compiled {
  return { narrowing: cheapest(parts.map((part) => part.narrowing)), test: every(parts.map((part) => part.test)) };
}

function anyOf(parts: readonly Compiled[]): Compiled {
  const tests = parts.map((part) => part.test);
  const narrowings = parts.map((part) => part.narrowing).filter((narrowing) => narrowing !== undefined);
  const narrowing =
    parts.length === 0 || narrowings.length < parts.length
      ? undefined
      : {
          query: { $or: narrowings.map(({ query }) => query) },
          cost: narrowings.reduce((sum, { cost }) => sum + cost, 0),
        };
  return { narrowing, test: (row) => tests.some((test) => test(row)) };
}

function cheapest(narrowings: readonly (Narrowing | undefined)[]): Narrowing | undefined {
  let best: Narrowing | undefined;
  for (const narrowing of narrowings) {
    if (narrowing !== undefined && (best === undefined || narrowing.cost < best.cost)) best = narrowing;
  }
  return best;
}

function every(tests: readonly ((row: object) => boolean)[]): (row: object) => boolean {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (row) => tests.every((test) => test(row));
}
