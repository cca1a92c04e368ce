import { isList, isRecord } from '../base/host/is-revoked.ts';
import { isNumberIn } from '../base/options/option-checks.ts';
import type { Followed, FollowOptions, KindOf } from '../follow/follow-options.ts';
import { optionChecks } from '../model/option-checks.ts';
import { isKindName } from '../model/schema/kinds.ts';
import type { Kinds } from '../wire/generated/kinds.ts';
import type { SortPath } from './query/paths.ts';

/** Options of a `LocalCache`. */
export interface LocalCacheOptions<T extends Followed = Followed> extends Pick<
  FollowOptions<T>,
  'tables' | 'limit' | 'signal' | 'clock'
> {
  /** The indexed fields of each table. A nested field is its path with dots; a path cannot lead through a list. */
  readonly indices?: NoInfer<{ readonly [K in KindOf<T>]?: readonly SortPath<Kinds[K]>[] }> | undefined;
  /**
   * The smallest number of milliseconds between two calls of the views' handlers. Default: 0, after each commit. The
   * rows of a view are always those of the present. A pending call does not keep the process alive.
   */
  readonly refreshMs?: number | undefined;
  /** The bytes of `save`: the cache begins with these contents and then applies the differences. */
  readonly saved?: Uint8Array | undefined;
  /**
   * True if the source still has the log from which `saved` was made. The cache then reads only the later commits,
   * provided that it has the same tables and parts as then.
   */
  readonly sameLog?: boolean | undefined;
}

const checks = optionChecks<LocalCacheOptions>('LocalCacheOptions', 'a LocalCache', [
  'tables',
  'limit',
  'signal',
  'clock',
  'indices',
  'refreshMs',
  'saved',
  'sameLog',
]);

/** Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown. `follow` checks those that it takes itself. */
export function checkCacheOptions(options: LocalCacheOptions): void {
  checks.names(options);
  const { indices, refreshMs, saved, sameLog } = options;
  checks.valid(
    refreshMs === undefined || isNumberIn(refreshMs, 0),
    'refreshMs',
    refreshMs,
    'a number of milliseconds, 0 or more',
  );
  checks.valid(saved === undefined || saved instanceof Uint8Array, 'saved', saved, 'bytes that save gave');
  checks.valid(sameLog === undefined || typeof sameLog === 'boolean', 'sameLog', sameLog, 'true or false');
  if (indices === undefined) return;
  checks.valid(isRecord(indices), 'indices', indices, 'an object with a list of paths for each kind');
  for (const [kind, paths] of Object.entries(indices) as [string, unknown][]) {
    checks.valid(isKindName(kind), ['indices', kind], paths, 'given for a kind that there is');
    checks.valid(paths === undefined || isListOfPaths(paths), ['indices', kind], paths, 'a list of paths');
  }
}

function isListOfPaths(value: unknown): boolean {
  return isList(value) && value.every((path) => typeof path === 'string');
}
