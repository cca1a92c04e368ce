import { OptionChecks, isWholeFrom } from '../../base/options/option-checks.ts';
import { KvError } from '../../errors/kv-error.ts';
import type { KeepAliveOptions } from './keep-alive.ts';
import type { KvChangesOptions } from './changes.ts';
import type {
  KvDeleteRangeOptions,
  KvListOptions,
  KvLockOptions,
  KvOptions,
  KvReadOptions,
  KvWriteOptions,
} from './calls.ts';

/**
 * Checks of options that throw `ERR_KV_INVALID_ARGUMENT`; `argument` is the name of the option, or `options`. `what`
 * continues the sentence 'the options of …'.
 */
export function kvOptionChecks<Options extends object>(
  what: string,
  known: readonly (keyof Options & string)[],
): OptionChecks<Options> {
  return new OptionChecks<Options>(
    known,
    (path, message) =>
      new KvError('ERR_KV_INVALID_ARGUMENT', `the options of ${what}: ${message}`, {
        argument: path.length === 0 ? 'options' : path.join('.'),
      }),
  );
}

/** The options of a call that is given none. They need no check. */
export const noOptions: Readonly<Record<string, never>> = Object.freeze({});

const plain = kvOptionChecks<KvOptions>('a call', ['signal']);
const read = kvOptionChecks<KvReadOptions>('a read', ['signal', 'stale']);
const listing = kvOptionChecks<KvListOptions>('a listing', [
  'signal',
  'stale',
  'after',
  'before',
  'limit',
  'reverse',
  'keysOnly',
]);
const range = kvOptionChecks<KvDeleteRangeOptions>('deleteRange', ['signal', 'after', 'before']);
const changes = kvOptionChecks<KvChangesOptions>('changes', ['signal', 'from']);
const write = kvOptionChecks<KvWriteOptions>('a write', ['signal', 'ttl', 'keepAlive']);
const lock = kvOptionChecks<KvLockOptions>('newLock', ['signal', 'value', 'keepValue', 'ttl']);
const kept = kvOptionChecks<KeepAliveOptions>('keepAlive', ['signal', 'ttl']);

export function checkOptions(options: KvOptions): void {
  check(plain, options);
}

export function checkReadOptions(options: KvReadOptions): void {
  check(read, options);
  read.valid(isFlag(options.stale), 'stale', options.stale, 'true or false');
}

/** Does not check `after` and `before`: a key that is none is `ERR_KV_INVALID_KEY`. */
export function checkListOptions(options: KvListOptions): void {
  check(listing, options);
  const { stale, reverse, keysOnly, limit } = options;
  listing.valid(isFlag(stale), 'stale', stale, 'true or false');
  listing.valid(isFlag(reverse), 'reverse', reverse, 'true or false');
  listing.valid(isFlag(keysOnly), 'keysOnly', keysOnly, 'true or false');
  listing.valid(limit === undefined || isWholeFrom(limit, 1), 'limit', limit, 'a whole number of 1 or more');
}

/** Does not check `after` and `before`, as `checkListOptions`. */
export function checkDeleteRangeOptions(options: KvDeleteRangeOptions): void {
  check(range, options);
}

export function checkChangesOptions(options: KvChangesOptions): void {
  check(changes, options);
  const { from } = options as { readonly from?: unknown };
  const valid = from === undefined || (typeof from === 'bigint' && from >= 0n && from < 2n ** 63n);
  changes.valid(valid, 'from', from, 'a bigint from 0 to 2^63 - 1, as a store gave it');
}

export function checkWriteOptions(options: KvWriteOptions): void {
  check(write, options);
  write.valid(isFlag(options.keepAlive), 'keepAlive', options.keepAlive, 'true or false');
}

export function checkLockOptions(options: KvLockOptions): void {
  check(lock, options);
  lock.valid(isFlag(options.keepValue), 'keepValue', options.keepValue, 'true or false');
}

/** Does not check the ttl: the message about a ttl names the key. */
export function checkKeepAliveOptions(options: KeepAliveOptions): void {
  check(kept, options);
}

function check<Options extends KvOptions>(checks: OptionChecks<Options>, options: Options): void {
  if (options === noOptions) return;
  checks.names(options);
  if (options.signal !== undefined) checks.signal(options.signal);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}
