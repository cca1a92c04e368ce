import { OptionChecks } from '../../base/options/option-checks.ts';
import { KvError } from '../../errors/kv-error.ts';
import type { KeepAliveOptions } from './keep-alive.ts';
import type { KvLockOptions, KvOptions, KvReadOptions, KvWriteOptions } from './calls.ts';

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
const write = kvOptionChecks<KvWriteOptions>('a write', ['signal', 'ttl', 'keepAlive']);
const lock = kvOptionChecks<KvLockOptions>('newLock', ['signal', 'value', 'ttl']);
const kept = kvOptionChecks<KeepAliveOptions>('keepAlive', ['signal', 'ttl']);

export function checkOptions(options: KvOptions): void {
  check(plain, options);
}

export function checkReadOptions(options: KvReadOptions): void {
  check(read, options);
  read.valid(isFlag(options.stale), 'stale', options.stale, 'true or false');
}

export function checkWriteOptions(options: KvWriteOptions): void {
  check(write, options);
  write.valid(isFlag(options.keepAlive), 'keepAlive', options.keepAlive, 'true or false');
}

export function checkLockOptions(options: KvLockOptions): void {
  check(lock, options);
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
