import { readFileSync } from 'node:fs';
import { systemClock } from '../../base/clock.ts';
import { systemEnv } from '../../replicated/access/env.ts';
import { LogAccess } from '../../replicated/access/log-access.ts';
import { encryptionOf } from '../../replicated/log/key-ring.ts';
import { framesOf } from '../../replicated/log/frame.ts';
import { LogKeys } from '../../replicated/log/layout.ts';
import { openReplicated } from '../../replicated/open/open-store.ts';
import { checkReplicatedOptions } from '../../replicated/open/options.ts';
import { openTarget } from '../../replicated/open/target.ts';
import { readKeyRing } from './key-ring-file.ts';
import { ReplicatedLog } from './replicated-log.ts';
import type { OpenOptions, Source } from './source.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Opens a replicated store as a member that only reads: it makes no file, no key and no snapshot. */
export async function openLogSource(
  terminal: Terminal,
  address: string,
  { keyRing, ca, cert, key }: OpenOptions,
): Promise<Source> {
  const keys = keyRing === undefined ? undefined : readKeyRing(keyRing);
  const options = checkReplicatedOptions({ readOnly: true, keys, signal: terminal.signal });
  const target = await openTarget(address, engineOptions({ ca, cert, key }), true);
  const frames = framesOf(keys === undefined ? undefined : encryptionOf(keys, (size) => systemEnv.random(size)));
  const access = new LogAccess(target.kv, new LogKeys(target.prefix), systemClock, options.callMs);
  const store = await openReplicated(target, options, systemEnv, false);
  return {
    name: withoutPassword(address),
    store,
    warnings: [],
    live: true,
    log: new ReplicatedLog(terminal, withoutPassword(address), access, frames),
    onNotice: (listener) => {
      const removers = [
        store.on('stale', () => listener('the key/value store cannot be reached; attempts go on')),
        store.on('live', () => listener('the key/value store is back')),
        store.on('diverged', ({ error }) => listener(`this reader has stopped: ${String(error)}`)),
      ];
      return () => removers.forEach((remove) => remove());
    },
    close: () => store.close(),
  };
}

/** Certificates as `createStore` of etcd takes them. */
function engineOptions({ ca, cert, key }: Pick<OpenOptions, 'ca' | 'cert' | 'key'>): object {
  if (ca === undefined && cert === undefined && key === undefined) return {};
  const text = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  return { tls: { ca: text(ca), certificate: text(cert), key: text(key) } };
}

/** An address without the password in it. */
function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):[^@/]*@/i, '$1:…@');
}
