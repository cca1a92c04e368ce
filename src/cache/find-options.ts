import { isList, isRevoked } from '../base/host/is-revoked.ts';
import { isWholeFrom } from '../base/options/option-checks.ts';
import type { OptionChecks } from '../base/options/option-checks.ts';
import { optionChecks } from '../model/option-checks.ts';
import { RowOrder } from './query/row-order.ts';
import type { Query, SortKey } from './query/query.ts';

/** Order, filter and limits of a result. */
export interface FindOptions<T> {
  /**
   * Fields to sort by, the most significant first. Absent values come first, then false, true, the empty text, numbers
   * and texts of digits by their number, and other texts by their UTF-16 units. Objects that are equal in all fields
   * are sorted by id.
   */
  readonly sort?: readonly SortKey<T>[] | undefined;
  /** Leaves out objects for which this returns false. */
  readonly where?: ((object: T) => boolean) | undefined;
  /** The number of objects to leave out at the beginning. */
  readonly offset?: number | undefined;
  /** The largest number of objects to return. Default: `Infinity`. */
  readonly limit?: number | undefined;
}

/** The query, order and handler of a view. */
export interface ViewOptions<T> extends Pick<FindOptions<T>, 'sort' | 'where'> {
  readonly query?: Query<T> | undefined;
  /** Called after each commit, or each refresh, that changed the rows of the view. */
  readonly onChange?: ((rows: readonly T[]) => void) | undefined;
}

const finds = optionChecks<FindOptions<object>>('FindOptions', 'find', ['sort', 'where', 'offset', 'limit']);
const views = optionChecks<ViewOptions<object>>('ViewOptions', 'view', ['query', 'sort', 'where', 'onChange']);

/** Throws `ERR_INVALID_OBJECT`, with the option as path, as all of this file. */
export function checkFind<T>(options: FindOptions<T>): void {
  finds.names(options);
  const { where, offset, limit } = options;
  checkFunction(finds, 'where', where);
  finds.valid(offset === undefined || isWholeFrom(offset, 0), 'offset', offset, 'a number of objects, 0 or more');
  finds.valid(
    limit === undefined || limit === Infinity || isWholeFrom(limit, 0),
    'limit',
    limit,
    'a number of objects, 0 or more',
  );
}

export function checkView<T>(options: ViewOptions<T>): void {
  views.names(options);
  checkFunction(views, 'where', options.where);
  checkFunction(views, 'onChange', options.onChange);
}

/** The order for the option `sort`; undefined where there is none. */
export function orderOf<T>(sort: readonly SortKey<T>[] | undefined): RowOrder | undefined {
  if (sort === undefined) return undefined;
  finds.valid(isList(sort), 'sort', sort, 'a list of paths');
  const keys = sort.map((key: unknown) => {
    finds.valid(!isRevoked(key), 'sort', key, 'a list of paths and of { by, desc }');
    const { by, desc = false, ...rest } = typeof key === 'string' ? { by: key } : ({ ...(key as object) } as GivenKey);
    finds.valid(typeof by === 'string', ['sort', 'by'], by, 'the path of a field');
    finds.valid(typeof desc === 'boolean', ['sort', 'desc'], desc, 'true or false');
    const [unknown] = Object.keys(rest);
    finds.valid(unknown === undefined, 'sort', unknown, 'a list of paths and of { by, desc }');
    return { path: by as string, desc: desc as boolean };
  });
  return keys.length === 0 ? undefined : new RowOrder(keys);
}

interface GivenKey {
  readonly by?: unknown;
  readonly desc?: unknown;
}

function checkFunction<Options extends object>(
  checks: OptionChecks<Options>,
  name: keyof Options & string,
  value: unknown,
): void {
  checks.valid(value === undefined || typeof value === 'function', name, value, 'a function');
}
