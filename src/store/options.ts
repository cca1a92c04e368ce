import { isRevoked } from '../base/host/is-revoked.ts';
import { systemInstants } from '../base/clock.ts';
import type { Instant } from '../base/clock.ts';
import { isNumberIn, isWholeFrom } from '../base/options/option-checks.ts';
import { quote } from '../base/text/describe.ts';
import { StoreError } from '../errors/store-error.ts';
import { WEDGE_TIMEOUT_MS } from '../model/constants.ts';
import { optionChecks } from '../model/option-checks.ts';
import type { Proposer } from '../model/proposer.ts';

/** Options of a store. */
export interface StoreOptions {
  /** Decides every transaction before it happens, see {@link Proposer}. */
  readonly proposer?: Proposer | undefined;
  /**
   * Without a proposer: numbers the transactions, and keeps this many of the last commits for `watchFrom`. Versions
   * start at the microseconds since 1970, so that the version of an earlier process is never taken for one of this
   * process.
   */
  readonly history?: number | undefined;
  /** With a history: the version of the first transaction, for tests and other programs that need fixed versions. */
  readonly firstVersion?: number | undefined;
  /**
   * How long the write lock may be held across awaits, in milliseconds, before the store counts as wedged; 30,000 where
   * not given, Infinity for never.
   */
  readonly wedgeTimeoutMs?: number | undefined;
  /** The most writers in the write queue; further writers reject with `ERR_UNAVAILABLE`. No limit where not given. */
  readonly maxWaiting?: number | undefined;
  /** The clock of timestamps. The system's where not given. */
  readonly now?: (() => Instant) | undefined;
  /** Remembers where writes were started, for messages and the event `wedged`. Makes writes several times slower. */
  readonly debug?: boolean | undefined;
}

/** Options of a call that waits for the write lock. */
export interface WriteOptions {
  /** Gives up waiting for the write lock: the call rejects with `signal.reason`, and nothing happened. */
  readonly signal?: AbortSignal | undefined;
}

const writeChecks = optionChecks<WriteOptions>('WriteOptions', 'a write', ['signal']);

/** The options of a write that is given none: they need no check. */
export const noWriteOptions: WriteOptions = Object.freeze({});

/** Checks the options of a write. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkWriteOptions(options: WriteOptions): void {
  writeChecks.names(options);
  writeChecks.signal(options.signal);
}

/** The options, completed by the defaults. */
export interface CheckedOptions {
  readonly proposer: Proposer | undefined;
  readonly history: number | undefined;
  readonly firstVersion: number | undefined;
  readonly wedgeTimeoutMs: number;
  readonly maxWaiting: number;
  readonly now: () => Instant;
  readonly debug: boolean;
}

const checks = optionChecks<StoreOptions>('StoreOptions', 'a store', [
  'proposer',
  'history',
  'firstVersion',
  'wedgeTimeoutMs',
  'maxWaiting',
  'now',
  'debug',
]);

/** Checks the options of a store. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkOptions(options: StoreOptions): CheckedOptions {
  checks.names(options);
  const {
    proposer,
    history,
    firstVersion,
    wedgeTimeoutMs = WEDGE_TIMEOUT_MS,
    maxWaiting = Infinity,
    now = systemInstants(),
    debug = false,
  } = options;
  if (proposer !== undefined) checkProposer(proposer);
  checks.valid(history === undefined || isWholeFrom(history, 0), 'history', history, 'a number of commits');
  if (history !== undefined && proposer !== undefined) {
    throw invalid(
      ['history'],
      'a store has a proposer or a history: with a proposer, its own history serves watchFrom',
    );
  }
  const isVersion = firstVersion === undefined || isWholeFrom(firstVersion, 1);
  checks.valid(isVersion, 'firstVersion', firstVersion, 'a version, 1 or more');
  if (firstVersion !== undefined && history === undefined) {
    throw invalid(
      ['firstVersion'],
      'only a store with a history numbers its transactions; give it one, as in history: 1000',
    );
  }
  const milliseconds = isNumberIn(wedgeTimeoutMs, Number.MIN_VALUE);
  checks.valid(milliseconds, 'wedgeTimeoutMs', wedgeTimeoutMs, 'a number of milliseconds');
  checks.valid(isNumberIn(maxWaiting, 0), 'maxWaiting', maxWaiting, 'a number of writers');
  checks.valid(typeof now === 'function', 'now', now, 'a function');
  return { proposer, history, firstVersion, wedgeTimeoutMs, maxWaiting, now, debug };
}

function checkProposer(proposer: Proposer): void {
  for (const method of ['proposeValue', 'getVersion', 'changesBetween'] as const) {
    if (isRevoked(proposer) || typeof (proposer as Partial<Proposer> | null)?.[method] !== 'function') {
      throw invalid(['proposer', method], `a proposer has a method ${method}; this one has not`);
    }
  }
  const { maxGroup, maxAttempts } = proposer;
  if (maxGroup !== undefined && !(Number.isInteger(maxGroup) && maxGroup >= 1)) {
    throw invalid(['proposer', 'maxGroup'], `maxGroup is a number of transactions, 1 or more, not ${quote(maxGroup)}`);
  }
  if (maxAttempts !== undefined && !(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    throw invalid(
      ['proposer', 'maxAttempts'],
      `maxAttempts is a number of attempts, 1 or more, not ${quote(maxAttempts)}`,
    );
  }
}

function invalid(path: readonly string[], message: string): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError('ERR_INVALID_OBJECT', `the options of a store: ${message}`, {
    messageType: 'StoreOptions',
    path,
  });
}
