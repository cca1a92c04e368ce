import { isWholeFrom, OptionChecks } from '../../base/options/option-checks.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import type { Kind } from '../../wire/generated/kinds.ts';

/** Options that every follower over the network has. */
export interface RemoteFollowOptions {
  /** The tables to follow, of those that the server shows. Default: all. Extensions come with resources. */
  readonly tables?: readonly Kind[] | undefined;
  /** The number of commits that are kept for `watchFrom`. Default: 1,000. */
  readonly history?: number | undefined;
  /**
   * Milliseconds within which the server answers, and within which the first contents have to be there. Default:
   * 15,000.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends following. Before the first contents, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Checks options of a follower and throws `ERR_REMOTE_INVALID_ARGUMENT`. */
export class FollowChecks<Options extends RemoteFollowOptions> {
  readonly checks: OptionChecks<Options>;

  constructor(what: string, known: readonly (keyof Options & string)[]) {
    this.checks = new OptionChecks<Options>(
      [...(['tables', 'history', 'timeoutMs', 'signal'] as const), ...known],
      (path, message) =>
        new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `the options of ${what}: ${message}`, {
          argument: path[0] ?? 'options',
        }),
    );
  }

  /** The common options, completed by the defaults. */
  common(options: Options): {
    readonly tables: readonly Kind[] | undefined;
    readonly history: number;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
  } {
    const { checks } = this;
    checks.names(options);
    const { tables, history = 1000, timeoutMs = 15_000, signal } = options;
    const areTables = tables === undefined || (Array.isArray(tables) && tables.every(isKindName));
    checks.valid(areTables, 'tables', tables, "a list of kinds, such as 'task'");
    checks.valid(isWholeFrom(history, 1), 'history', history, 'a number of commits, 1 or more');
    checks.valid(isMilliseconds(timeoutMs), 'timeoutMs', timeoutMs, 'a number of milliseconds');
    checks.signal(signal);
    return { tables, history, timeoutMs, signal };
  }
}

/** True for a time that a timer can wait. */
export function isMilliseconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value < 2 ** 31;
}
