import { isNumberIn, isWholeFrom } from '../../../base/options/option-checks.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { normalKey } from '../../api/key.ts';
import { kvOptionChecks } from '../../api/option-checks.ts';

export interface ZookeeperOptions {
  /**
   * Keeps everything of the store below this path on the servers: with `prefix: 'app'` the key `a` is the node
   * `/app/a`. Without a prefix the store has the root for itself, except `/zookeeper`.
   */
  readonly prefix?: string | undefined;
  /** Milliseconds for one request; 5,000 by default. A long list is several requests. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which a watch without a server looks for another one, before it ends with `ERR_KV_NOT_REACHABLE`;
   * 30,000 by default.
   */
  readonly reconnectMs?: number | undefined;
  /**
   * Milliseconds after which a silent connection counts as broken; 10,000 by default. The servers have bounds of their
   * own and may set another time.
   */
  readonly sessionTimeoutMs?: number | undefined;
  /** For digest authentication. Given together with `password`, or not at all. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /**
   * Who may use the nodes that this store makes: `user` for the user of the store alone, `everybody` for everybody. The
   * default is `user` where there is one, else `everybody`.
   */
  readonly access?: 'user' | 'everybody' | undefined;
  /** How many of the latest writes `changes` can begin before; 4,096 by default. */
  readonly history?: number | undefined;
  /** The `jute.maxbuffer` of the servers, in bytes; 1,048,575 by default. A value has half of it at most. */
  readonly maxPacketBytes?: number | undefined;
}

/** The options with their defaults. */
export interface CheckedOptions {
  /** In normal form; empty without a prefix. */
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly reconnectMs: number;
  readonly sessionTimeoutMs: number;
  /** Undefined without a user. */
  readonly account: { readonly user: string; readonly password: string } | undefined;
  readonly access: 'user' | 'everybody';
  readonly history: number;
  readonly maxPacketBytes: number;
}

const checks = kvOptionChecks<ZookeeperOptions>('zookeeper', [
  'prefix',
  'timeoutMs',
  'reconnectMs',
  'sessionTimeoutMs',
  'user',
  'password',
  'access',
  'history',
  'maxPacketBytes',
]);

/** Throws `ERR_KV_INVALID_ARGUMENT`, with the option as `argument`. The text never has a user or password in it. */
export function checkedOptions(options: ZookeeperOptions): CheckedOptions {
  checks.names(options);
  const { timeoutMs = 5000, reconnectMs = 30_000, sessionTimeoutMs = 10_000 } = options;
  for (const [name, value] of Object.entries({ timeoutMs, reconnectMs, sessionTimeoutMs }))
    checks.valid(isNumberIn(value, Number.MIN_VALUE, 2 ** 31 - 1), name, value, 'a positive number below 2^31');
  const { history = 4096, maxPacketBytes = 0xfffff } = options;
  checks.valid(isWholeFrom(history, 1), 'history', history, 'a whole number of 1 or more');
  const sized = isWholeFrom(maxPacketBytes, 0xfffff) && maxPacketBytes < 2 ** 31;
  checks.valid(sized, 'maxPacketBytes', maxPacketBytes, 'a whole number from 1,048,575, below 2^31');
  const account = accountOf(options);
  const { access = account === undefined ? 'everybody' : 'user' } = options;
  const isKnown = ['user', 'everybody'].includes(access);
  checks.valid(isKnown, 'access', access, "'user' or 'everybody'");
  if (access === 'user' && account === undefined) throw invalid('access', "access: 'user' of zookeeper needs a user");
  const prefix = prefixOf(options.prefix);
  return { prefix, timeoutMs, reconnectMs, sessionTimeoutMs, account, access, history, maxPacketBytes };
}

function prefixOf(prefix: unknown): string {
  if (prefix === undefined || prefix === '') return '';
  let normal: string;
  try {
    normal = normalKey(prefix as string);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KvError('ERR_KV_INVALID_ARGUMENT', `the prefix of zookeeper: ${why}`, { argument: 'prefix' }, { cause });
  }
  if (normal === 'zookeeper' || normal.startsWith('zookeeper/'))
    throw invalid('prefix', 'the prefix of zookeeper is another path than /zookeeper, which the servers keep');
  return normal;
}

function accountOf({ user, password }: ZookeeperOptions): CheckedOptions['account'] {
  if (user === undefined && password === undefined) return undefined;
  for (const [name, value] of Object.entries({ user, password })) {
    if (value === undefined) throw invalid(name, 'zookeeper takes a user and a password, or neither');
    if (typeof value !== 'string') throw invalid(name, `the ${name} of zookeeper is a string, not a ${typeof value}`);
  }
  if ((user as string).includes(':')) throw invalid('user', 'the user of zookeeper has no colon');
  return { user: user as string, password: password as string };
}

function invalid(argument: string, message: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument });
}
