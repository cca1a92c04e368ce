import { OptionChecks, isNumberIn, isWholeFrom } from '../../../base/options/option-checks.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { normalKey } from '../../api/key.ts';
import { kvOptionChecks } from '../../api/option-checks.ts';

export interface EtcdOptions {
  /**
   * Keeps the keys of the store below this key on the servers: with `prefix: 'app'` the key `a` is etcd's key `app/a`.
   * The store neither lists nor deletes any other key. Without a prefix the store shares the whole key space, lists
   * the keys of other programs that `get` takes, and leaves all others alone.
   */
  readonly prefix?: string | undefined;
  /** Milliseconds for one request, for all endpoints together; 5,000 by default. A long list is several requests. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which a watch without a server looks for another one, before it ends with `ERR_KV_NOT_REACHABLE`;
   * 30,000 by default.
   */
  readonly reconnectMs?: number | undefined;
  /** Given together with `password`, or not at all. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /**
   * PEM texts: the certificate authority of the servers (the system's by default), and the client's certificate with
   * its key. Connections are then encrypted, as they are for endpoints that start with `https:`; endpoints that start
   * with `http:` are refused.
   */
  readonly tls?:
    | {
        readonly ca?: string | Uint8Array | undefined;
        readonly certificate?: string | Uint8Array | undefined;
        readonly key?: string | Uint8Array | undefined;
      }
    | undefined;
  /** Bytes; 1 MiB by default. Raise it for servers that were started with a larger `--max-request-bytes`. */
  readonly maxValueBytes?: number | undefined;
}

/** The options with their defaults. */
export interface CheckedOptions {
  /** In normal form; empty without a prefix. */
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly reconnectMs: number;
  readonly maxValueBytes: number;
  /** Undefined without a user. */
  readonly account: { readonly user: string; readonly password: string } | undefined;
  readonly tls: EtcdOptions['tls'];
}

const checks = kvOptionChecks<EtcdOptions>('etcd', [
  'prefix',
  'timeoutMs',
  'reconnectMs',
  'user',
  'password',
  'tls',
  'maxValueBytes',
]);

const tlsChecks = new OptionChecks<NonNullable<EtcdOptions['tls']>>(['ca', 'certificate', 'key'], (path, message) =>
  invalid(['tls', ...path].join('.'), `the option tls of etcd: ${message}`),
);

/**
 * Throws `ERR_KV_INVALID_ARGUMENT`, with the option as `argument`. The text never has a user, password or key in it.
 */
export function checkedOptions(options: EtcdOptions): CheckedOptions {
  checks.names(options);
  const { prefix, timeoutMs = 5000, reconnectMs = 30_000, maxValueBytes = 1024 * 1024, tls } = options;
  for (const [name, value] of Object.entries({ timeoutMs, reconnectMs }))
    checks.valid(isNumberIn(value, Number.MIN_VALUE, 2 ** 31 - 1), name, value, 'a positive number below 2^31');
  const sized = isWholeFrom(maxValueBytes, 1) && maxValueBytes < 2 ** 31;
  checks.valid(sized, 'maxValueBytes', maxValueBytes, 'a positive whole number below 2^31');
  if (tls !== undefined) {
    tlsChecks.names(tls);
    for (const [name, value] of Object.entries(tls)) {
      if (value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array))
        throw invalid(`tls.${name}`, `${name} of tls is a PEM text or its bytes, not a ${typeof value}`);
    }
  }
  return { prefix: prefixOf(prefix), timeoutMs, reconnectMs, maxValueBytes, account: accountOf(options), tls };
}

function prefixOf(prefix: unknown): string {
  if (prefix === undefined || prefix === '') return '';
  try {
    return normalKey(prefix as string);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KvError('ERR_KV_INVALID_ARGUMENT', `the prefix of etcd: ${why}`, { argument: 'prefix' }, { cause });
  }
}

function accountOf({ user, password }: EtcdOptions): CheckedOptions['account'] {
  if (user === undefined && password === undefined) return undefined;
  for (const [name, value] of Object.entries({ user, password })) {
    if (value === undefined) throw invalid(name, 'etcd takes a user and a password, or neither');
    if (typeof value !== 'string') throw invalid(name, `the ${name} of etcd is a string, not a ${typeof value}`);
  }
  return { user: user as string, password: password as string };
}

function invalid(argument: string, message: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument });
}
