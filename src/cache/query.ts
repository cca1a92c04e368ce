import { StoreError } from '../errors/store-error.ts';
import { quote } from '../base/describe.ts';

/** What a field has to be: a value that it equals, or operators, all of which have to hold. */
export type Condition<V> =
  | V
  | {
      readonly $eq?: V;
      readonly $ne?: V;
      readonly $gt?: V;
      readonly $gte?: V;
      readonly $lt?: V;
      readonly $lte?: V;
      /** From and to, both included. */
      readonly $between?: readonly [V, V];
      readonly $in?: readonly V[];
      readonly $nin?: readonly V[];
      readonly $regex?: RegExp;
      /** A list or a text that has this in it. */
      readonly $contains?: unknown;
      /** Whether the field is there. */
      readonly $exists?: boolean;
      /** How long a list or a text is. */
      readonly $size?: number;
    };

/**
 * What objects to find, in Loki's language: fields by name, nested ones by their path with dots (`'status.state'`),
 * `$and` and `$or`. All members have to hold. Keys of maps that have dots themselves cannot be written so: give a
 * function instead.
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
 * A query as Loki takes it. Loki reads only the first of several operators of a field and ignores the rest; here each
 * becomes a condition of its own. It would also fail on an operator that it does not know only when there are rows:
 * here that is `ERR_INVALID_FIND_BY` at once.
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
  // Loki's empty disjunction finds everything, and its empty query too; one condition needs no conjunction.
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
    // In an index, Loki takes '10' and '1e1' for the same; only $eq looks twice.
    if (operator === '$in' && indexed && Array.isArray(value))
      return { $or: value.map((one: unknown) => ({ [field]: { $eq: one } })) };
    // A global expression remembers where it was.
    if (value instanceof RegExp)
      return { [field]: { [operator]: new RegExp(value.source, value.flags.replace(/[gy]/g, '')) } };
    return { [field]: { [operator]: value as unknown } };
  });
}

function invalid(message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind: undefined, finder: 'query' });
}
