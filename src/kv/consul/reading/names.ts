import { InvalidAnswer } from '../connection/failure.ts';
import { pathOf } from '../records/keyspace.ts';
import { jsonOf } from '../protocol/transactions.ts';
import type { ConsulContext } from '../protocol/context.ts';

/** Reads the names of all keys that begin with `prefix`; with a separator, their beginnings up to it. */
export function readKeyNames(
  { connection }: ConsulContext,
  prefix: string,
  separator: '' | '/',
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const query = separator === '' ? 'keys&consistent' : 'keys&consistent&separator=/';
  return connection.call(
    { method: 'GET', path: pathOf(prefix, query) },
    ({ status, body }) => {
      if (status === 404) return [];
      const names = jsonOf(body);
      if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
        throw new InvalidAnswer('no list of names');
      return names;
    },
    { kind: 'read', signal },
  );
}
