import { isClock, systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { isFiniteFrom, isNumberIn, isWholeFrom } from '../base/options/option-checks.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { quote } from '../base/text/describe.ts';
import { StoreError } from '../errors/store-error.ts';
import { clockText, optionChecks } from '../model/option-checks.ts';
import { completeBackOff } from './back-off.ts';
import type { RateLimit } from './token-bucket.ts';

/** Options of a `WorkQueue`. */
export interface WorkQueueOptions {
  /** Default: `systemClock`. */
  readonly clock?: Clock | undefined;
  /** The delays of failed keys. Default: 5 ms, doubled with each failure in a row, up to a minute. */
  readonly backOff?: Partial<BackOff> | undefined;
  /** The rate at which keys are handed out. Default: no limit. */
  readonly rate?: RateLimit | undefined;
}

/** Options of `WorkQueue.take`. */
export interface TakeOptions {
  /** Gives up waiting: the call rejects with `signal.reason`, and takes no key. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `WorkQueue.close`. */
export interface CloseOptions {
  /**
   * True: the keys that are ready are still handed out, and those that were added again during their work. Keys that
   * wait for their time are dropped, those of retries included. Default: false, no key is handed out any more.
   */
  readonly drain?: boolean | undefined;
}

/** Options of `WorkQueue.run`. */
export interface RunOptions<K> {
  /** The number of keys that are worked on at the same time: 1 or more. Default: 1. */
  readonly concurrency?: number | undefined;
  /** Closes the queue when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Called for every failure; the key is tried again. */
  readonly onError: (error: unknown, key: K) => void;
}

const queue = optionChecks<WorkQueueOptions>('WorkQueueOptions', 'a WorkQueue', ['clock', 'backOff', 'rate']);
const rates = optionChecks<RateLimit>('RateLimit', 'a rate limit', ['perSecond', 'burst']);
const takes = optionChecks<TakeOptions>('TakeOptions', 'take', ['signal']);
const closes = optionChecks<CloseOptions>('CloseOptions', 'close', ['drain']);
const runs = optionChecks<RunOptions<unknown>>('RunOptions', 'run', ['concurrency', 'signal', 'onError']);

/** The options, completed by the defaults. Throws `ERR_INVALID_OBJECT` with the option as path, as all of this file. */
export function checkQueueOptions(options: WorkQueueOptions): {
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly rate: RateLimit | undefined;
} {
  queue.names(options);
  const { clock = systemClock, rate } = options;
  queue.valid(isClock(clock), 'clock', clock, clockText);
  if (rate !== undefined) {
    rates.names(rate);
    const { perSecond, burst } = rate;
    queue.valid(
      isFiniteFrom(perSecond, Number.MIN_VALUE),
      ['rate', 'perSecond'],
      perSecond,
      'a number of keys, above 0',
    );
    queue.valid(isFiniteFrom(burst, 1), ['rate', 'burst'], burst, 'a number of keys, 1 or more');
  }
  return { clock, backOff: completeBackOff(queue, options.backOff), rate };
}

export function checkTake(max: unknown, options: TakeOptions): void {
  takes.names(options);
  takes.signal(options.signal);
  if (max === Infinity || isWholeFrom(max, 1)) return;
  throw invalid('max', `take takes a number of keys, 1 or more, not ${quote(max)}`);
}

export function checkClose(options: CloseOptions): void {
  closes.names(options);
  const { drain } = options;
  closes.valid(drain === undefined || typeof drain === 'boolean', 'drain', drain, 'true or false');
}

/** Gives the number of keys to work on at the same time. */
export function checkRun<K>(work: unknown, options: RunOptions<K>): number {
  runs.names(options);
  const { concurrency = 1, signal, onError } = options;
  runs.valid(isWholeFrom(concurrency, 1), 'concurrency', concurrency, 'a number of keys, 1 or more');
  runs.signal(signal);
  runs.valid(typeof onError === 'function', 'onError', onError, 'a function');
  if (typeof work !== 'function') throw invalid('work', `run takes a function that works on a key, not ${quote(work)}`);
  return concurrency;
}

export function checkKey(key: unknown): void {
  if (key === undefined) throw invalid('key', 'a work queue takes no key that is undefined');
}

/** A time is a number of the queue's clock; `Infinity` never comes. */
export function checkTime(time: unknown): void {
  if (time === undefined || isNumberIn(time, -Infinity)) return;
  throw invalid('time', `a key becomes ready at a number of milliseconds, not at ${quote(time)}`);
}

function invalid(path: string, message: string): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError('ERR_INVALID_OBJECT', message, { messageType: 'WorkQueue', path: [path] });
}
