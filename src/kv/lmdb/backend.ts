import { isNumberIn, isWholeFrom } from '../../base/options/option-checks.ts';
import { KvError } from '../../errors/kv-error.ts';
import { kvOptionChecks } from '../api/option-checks.ts';
import { loadClient } from '../backend/load-client.ts';
import { LmdbDriver } from './driver.ts';
import { holdDatabase } from './shared-handles.ts';
import type { KvBackend } from '../backend/driver.ts';
import type { LmdbModule } from './access/client.ts';
import type { LmdbOptions } from './options.ts';

/** A variable, so that the compiler does not load the types of lmdb-js: they do not compile in strict programs. */
const packageName: string = 'lmdb';

const checks = kvOptionChecks<LmdbOptions>('lmdb', ['pollMs', 'timeoutMs', 'history', 'durability']);

/**
 * Stores in a folder of this machine, for one or several processes: `createStore('lmdb', ['/var/lib/app/kv'])`. A write
 * is on disk when its promise resolves, unless the folder was made with `durability: 'process'`. The folder must not be
 * on a network file system. Needs the package `lmdb`.
 *
 * A missing folder is made, for its owner only. A folder that lmdb cannot open is `ERR_KV_NOT_REACHABLE`; the message
 * names the file and the fault. A folder that is deleted, replaced or moved while it is open is `ERR_KV_NOT_REACHABLE`
 * for later calls. Reads and watches notice it within half a second.
 *
 * With `readOnly` no folder and no file is made, and expired keys stay: they count as absent. The folder must have been
 * opened for writing before.
 */
export const lmdb: KvBackend = {
  name: 'lmdb',
  async open(endpoints: readonly string[], options: LmdbOptions, { readOnly } = { readOnly: false }) {
    const [folder] = endpoints;
    if (folder === undefined || folder === '' || endpoints.length !== 1) {
      throw new KvError(
        'ERR_KV_INVALID_ARGUMENT',
        `lmdb takes one endpoint, the path of a folder; it was given ${endpoints.length}`,
        { argument: 'endpoints' },
      );
    }
    checks.names(options);
    const { pollMs = 50, timeoutMs = 5000, history = 10_000, durability } = options;
    checks.valid(isDurability(durability), 'durability', durability, "'disk' or 'process'");
    checks.valid(isNumberIn(timeoutMs, 1, 2 ** 31 - 1), 'timeoutMs', timeoutMs, 'a number of milliseconds from 1');
    checks.valid(isWholeFrom(history, 1), 'history', history, 'a whole number of 1 or more');
    checks.valid(isNumberIn(pollMs, 1, 60_000), 'pollMs', pollMs, 'a number of milliseconds from 1 to 60,000');
    const client = await loadClient('lmdb', packageName, async () => (await import(packageName)) as LmdbModule);
    return new LmdbDriver(await holdDatabase(client, folder, { readOnly, durability }), { pollMs, timeoutMs, history });
  },
};

function isDurability(value: unknown): boolean {
  return value === undefined || value === 'disk' || value === 'process';
}
