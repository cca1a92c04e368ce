import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import { Malformed } from '../bytes/fields.ts';
import { readSealedRecord } from './sealed-record.ts';
import type { SealedRecord } from './sealed-record.ts';

/** The headers of a manager's TLS key that concern its log. The TLS key itself is not looked at. */
export interface KeyHeaders {
  /** Data keys, each as it is stored, the one that later records are under first. */
  readonly dataKeys: readonly { readonly name: string; readonly record: SealedRecord }[];
  /** The version of the cluster at which the unlock key was set. */
  readonly kekVersion: number | undefined;
  /** Headers that could not be read. */
  readonly unreadable: readonly string[];
}

const PENDING = 'raft-dek-pending';
const CURRENT = 'raft-dek';

/** Reads the headers of a key in PEM. */
export function readKeyHeaders(pem: string): KeyHeaders {
  const headers = pemHeaders(pem);
  const dataKeys: { readonly name: string; readonly record: SealedRecord }[] = [];
  const unreadable: string[] = [];
  for (const name of [PENDING, CURRENT]) {
    const value = headers.get(name);
    if (value === undefined) continue;
    try {
      dataKeys.push({ name, record: readSealedRecord(Buffer.from(value, 'base64')) });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      unreadable.push(name);
    }
  }
  const version = Number(headers.get('kek-version'));
  return { dataKeys, unreadable, kekVersion: Number.isSafeInteger(version) ? version : undefined };
}

/** The lines `name: value` behind the first line of a PEM block. */
function pemHeaders(pem: string): ReadonlyMap<string, string> {
  const lines = pem.split(/\r?\n/);
  const begin = lines.findIndex((line) => line.startsWith('-----BEGIN '));
  const headers = new Map<string, string>();
  for (const line of lines.slice(begin + 1)) {
    const colon = line.indexOf(':');
    if (begin < 0 || colon < 0) break;
    headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return headers;
}

const UNLOCK_KEY = /^SWMKEY-1-([A-Za-z0-9+/]{43})$/;

/** The 32 bytes of an unlock key. Throws `ERR_FOLDER_UNLOCK_KEY`; the key is not in the message. */
export function readUnlockKey(text: string): Uint8Array {
  const [, encoded] = UNLOCK_KEY.exec(text.trim()) ?? [];
  if (encoded === undefined) {
    throw new SwarmFolderError(
      'ERR_FOLDER_UNLOCK_KEY',
      'the unlock key is malformed: it is SWMKEY-1- and 43 letters of base64 after that, ' +
        'as `docker swarm unlock-key` shows it',
      { kekVersion: undefined },
    );
  }
  return Buffer.from(encoded, 'base64');
}
