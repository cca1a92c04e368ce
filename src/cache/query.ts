import { StoreError } from '../errors/store-error.ts';
import { quote } from '../base/text/describe.ts';

/** The condition of a field: a value that it has to equal, or operators that all have to hold. */
export type Condition<V> =
  | V
  | {
      readonly $eq?: V;
      readonly $ne?: V;
      readonly $gt?: V;
      readonly $gte?: V;
      readonly $lt?: V;
      readonly $lte?: V;
      /** Lower and upper bound, both included. */
      readonly $between?: readonly [V, V];
      readonly $in?: readonly V[];
      readonly $nin?: readonly V[];
      readonly $regex?: RegExp;
      /** The field is a list or a text that contains this. */
      readonly $contains?: unknown;
      /** True: the field is present. False: the field is absent. */
      readonly $exists?: boolean;
      /** The length of a list or a text. */
      readonly $size?: number;
    };

/**
 * A query in Loki's language: fields by name, nested fields by their path with dots (`'status.state'`), `$and` and
 * `$or`. All members have to hold. A path cannot name a map's key that has dots itself: use the option `where` for
 * that.
 */
export type Query<T> = { readonly [F in Extract<keyof T, string>]?: Condition<T[F]> | undefined } & {
  readonly [path: `${string}.${string}`]: unknown;
  readonly $and?: readonly Query<T>[] | undefined;
  readonly $or?: readonly Query<T>[] | undefined;
};

const operators: ReadonlySet<string> = new Set([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$between',
  '$in',
  '$nin',
  '$regex',
  '$contains',
  '$exists',
  '$size',
]);

/**
 * Converts a query for Loki, and works around two of its behaviours. Loki reads only the first of several operators of
 * a field: here each operator becomes its own condition. Loki finds an unknown operator only when there are rows: here
 * the error is always thrown.
 *
 * Throws `ERR_INVALID_FIND_BY`.
 */
export function lokiQuery(query: object, indexed: ReadonlySet<string>): object {
  const conditions: object[] = [];
  for (const [field, condition] of Object.entries(query)) {
    if (condition === undefined) continue;
    if (field === '$and' || field === '$or') {
      if (!Array.isArray(condition)) throw invalid(`${field} takes a list of queries, not ${quote(condition)}`);
      conditions.push({ [field]: condition.map((member: object) => lokiQuery(member, indexed)) });
    } else if (field.startsWith('$')) {
      throw invalid(`there is no operator ${field} of queries; there are $and and $or`);
    } else {
      conditions.push(...conditionsOf(field, condition, indexed.has(field)));
    }
  }
  // A single condition needs no `$and`. In Loki, an empty query finds everything, and so does an empty `$or`.
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined ? only : conditions.length === 0 ? {} : { $and: conditions };
}

function conditionsOf(field: string, condition: unknown, indexed: boolean): readonly object[] {
  if (typeof condition !== 'object' || condition === null) return [{ [field]: { $eq: condition } }];
  const given = Object.entries(condition).filter(([, value]) => value !== undefined);
  return given.map(([operator, value]) => {
    if (!operators.has(operator)) {
      throw invalid(`the condition of ${field} has no operator ${operator}; there are ${[...operators].join(', ')}`);
    }
    // In an index, Loki treats '10' and '1e1' as equal; only `$eq` compares again.
    if (operator === '$in' && indexed && Array.isArray(value))
      return { $or: value.map((one: unknown) => ({ [field]: { $eq: one } })) };
    // A global or sticky expression would start where its last match ended.
    if (value instanceof RegExp)
      return { [field]: { [operator]: new RegExp(value.source, value.flags.replace(/[gy]/g, '')) } };
    return { [field]: { [operator]: value as unknown } };
  });
}

function invalid(message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind: undefined, finder: 'query' });
}
