import { OptionChecks, isNumberIn, isWholeFrom } from '../../../base/options/option-checks.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { normalKey } from '../../api/key.ts';
import { kvOptionChecks } from '../../api/option-checks.ts';

export interface ConsulOptions {
  /**
   * Keeps the keys of the store below this key on the servers: with `prefix: 'app'` the key `a` is Consul's key
   * `app/a`. The store neither lists nor deletes any other key. The numbers and the history of the store are below
   * `app.swarmstate/`. Without a prefix the store shares the whole key space.
   */
  readonly prefix?: string | undefined;
  /** The secret of an ACL token. */
  readonly token?: string | undefined;
  /** Milliseconds for one request, for all endpoints together; 5,000 by default. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which a watch without a server looks for another one, before it ends with `ERR_KV_NOT_REACHABLE`;
   * 30,000 by default.
   */
  readonly reconnectMs?: number | undefined;
  /** PEM texts: the certificate authority of the servers, and the client's certificate with its key. */
  readonly tls?:
    | {
        readonly ca?: string | Uint8Array | undefined;
        readonly certificate?: string | Uint8Array | undefined;
        readonly key?: string | Uint8Array | undefined;
      }
    | undefined;
  /**
   * Bytes of a value, and of all values of a transaction; 256 KiB by default. Servers take requests of twice as much:
   * raise it for servers with a larger `txn_max_req_len`.
   */
  readonly maxValueBytes?: number | undefined;
  /** The number of writes whose changes are kept on the servers, about; 1,024 by default. */
  readonly history?: number | undefined;
}

/** The options with their defaults. */
export interface CheckedOptions {
  /** In normal form; empty without a prefix. */
  readonly prefix: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly reconnectMs: number;
  readonly tls: ConsulOptions['tls'];
  readonly maxValueBytes: number;
  readonly history: number;
}

const checks = kvOptionChecks<ConsulOptions>('consul', [
  'prefix',
  'token',
  'timeoutMs',
  'reconnectMs',
  'tls',
  'maxValueBytes',
  'history',
]);

const tlsChecks = new OptionChecks<NonNullable<ConsulOptions['tls']>>(['ca', 'certificate', 'key'], (path, message) =>
  invalid(['tls', ...path].join('.'), `the option tls of consul: ${message}`),
);

/** Throws `ERR_KV_INVALID_ARGUMENT`, with the option as `argument`. The text never has a token or a key in it. */
export function checkedOptions(options: ConsulOptions): CheckedOptions {
  checks.names(options);
  const { prefix, token, timeoutMs = 5000, reconnectMs = 30_000, maxValueBytes = 256 * 1024 } = options;
  const { tls, history = 1024 } = options;
  for (const [name, value] of Object.entries({ timeoutMs, reconnectMs }))
    checks.valid(isNumberIn(value, Number.MIN_VALUE, 2 ** 31 - 1), name, value, 'a positive number below 2^31');
  for (const [name, value] of Object.entries({ maxValueBytes, history })) {
    const counted = isWholeFrom(value, 1) && value < 2 ** 31;
    checks.valid(counted, name, value, 'a positive whole number below 2^31');
  }
  if (token !== undefined && !isHeader(token))
    throw invalid('token', 'the token of consul is the secret of an ACL token, a string without spaces');
  if (tls !== undefined) {
    tlsChecks.names(tls);
    for (const [name, value] of Object.entries(tls)) {
      if (value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array))
        throw invalid(`tls.${name}`, `${name} of tls is a PEM text or its bytes, not a ${typeof value}`);
    }
    if ((tls.certificate === undefined) !== (tls.key === undefined))
      throw invalid('tls', 'tls takes a certificate with its key, or neither');
  }
  return { prefix: prefixOf(prefix), token, timeoutMs, reconnectMs, tls, maxValueBytes, history };
}

function isHeader(token: unknown): boolean {
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);
}

function prefixOf(prefix: unknown): string {
  if (prefix === undefined || prefix === '') return '';
  try {
    return normalKey(prefix as string);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KvError('ERR_KV_INVALID_ARGUMENT', `the prefix of consul: ${why}`, { argument: 'prefix' }, { cause });
  }
}

/** The origin of an endpoint: `http://host:8500`. Throws `ERR_KV_INVALID_ARGUMENT`, without what may be secret. */
export function originOf(endpoint: string, tls: ConsulOptions['tls']): string {
  const [, scheme, address] = /^(?:(https?):\/\/)?([^/@?#\s]+:\d+)\/?$/.exec(endpoint) ?? [];
  if (address === undefined) {
    throw invalid('endpoints', 'an endpoint of consul is http://host:port or https://host:port, and nothing more');
  }
  if (scheme === 'http' && tls !== undefined) {
    throw invalid('endpoints', `http://${address} is not encrypted although tls is given; write https://${address}`);
  }
  return `${scheme ?? (tls === undefined ? 'http' : 'https')}://${address}`;
}

function invalid(argument: string, message: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument });
}
