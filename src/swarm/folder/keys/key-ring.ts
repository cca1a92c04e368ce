import { missingPackage } from '../../../base/text/missing-package.ts';
import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import { Malformed } from '../bytes/fields.ts';
import type { KeyHeaders } from './key-file.ts';
import { openRecord, PLAIN, readSealedRecord, SECRETBOX } from './sealed-record.ts';
import type { Secretbox } from './sealed-record.ts';

const PACKAGE = '@noble/ciphers';
const KEY_BYTES = 32;

/** Where encrypted bytes are. */
export interface SealedPlace {
  readonly file: string;
  readonly offset: number | undefined;
  /** The log index of the entry or snapshot. */
  readonly index: number;
}

/** The keys of a log that is not encrypted. */
export const noKeys: Pick<KeyRing, 'open'> = { open: (bytes) => bytes };

/** The data keys of one manager. */
export class KeyRing {
  /** Headers whose key could not be had. */
  readonly unusable: readonly string[];
  readonly #file: string;
  readonly #keys: Uint8Array[];
  readonly #box: Secretbox | undefined;
  readonly #boxFailure: unknown;

  constructor(
    file: string,
    keys: Uint8Array[],
    unusable: readonly string[],
    box: { readonly box?: Secretbox; readonly failure?: unknown },
  ) {
    this.#file = file;
    this.#keys = keys;
    this.unusable = unusable;
    this.#box = box.box;
    this.#boxFailure = box.failure;
  }

  /** Decrypts bytes. Throws `ERR_FOLDER_DATA_KEY`, `ERR_FOLDER_CIPHER_MISSING` and `ERR_FOLDER_DAMAGED`. */
  open(bytes: Uint8Array, place: SealedPlace): Uint8Array {
    let record;
    try {
      record = readSealedRecord(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const { file, offset } = place;
      throw new SwarmFolderError(
        'ERR_FOLDER_DAMAGED',
        `${file}: index ${place.index} is no encrypted record: ${error.message}`,
        { file, offset, intactAt: undefined },
        { cause: error },
      );
    }
    if (record.algorithm === PLAIN) return record.data;
    if (record.algorithm === SECRETBOX && this.#box === undefined) throw cipherMissing(place.file, this.#boxFailure);
    for (const [position, key] of this.#keys.entries()) {
      const opened = openRecord(record, key, this.#box);
      if (opened === undefined) continue;
      // Neighbouring records are under the same key.
      if (position > 0) this.#keys.unshift(...this.#keys.splice(position, 1));
      return opened;
    }
    const unusable = this.unusable.length === 0 ? '' : ` (${this.unusable.join(' and ')} could not be used)`;
    throw new SwarmFolderError(
      'ERR_FOLDER_DATA_KEY',
      `${place.file}: no key of ${this.#file} opens index ${place.index}${unusable}. ` +
        'The key and the log are of different moments or of different managers: ' +
        'copy snapshots, then the log, then the key',
      place,
    );
  }
}

/**
 * Takes the data keys out of the headers of a key file. Rejects with `ERR_FOLDER_LOCKED`, `ERR_FOLDER_UNLOCK_KEY`,
 * `ERR_FOLDER_DATA_KEY` and `ERR_FOLDER_CIPHER_MISSING`.
 */
export async function openKeyRing(
  file: string,
  headers: KeyHeaders,
  unlockKey: Uint8Array | undefined,
): Promise<KeyRing> {
  const { dataKeys, kekVersion, unreadable } = headers;
  if (dataKeys.length === 0) {
    const why = unreadable.length > 0 ? `the header ${unreadable.join(' and ')} is damaged` : 'it has no such header';
    throw new SwarmFolderError(
      'ERR_FOLDER_DATA_KEY',
      `${file} does not give the key of the log: ${why}. Use the swarm-node.key of the same manager and the same ` +
        'moment',
      { file, index: undefined },
    );
  }
  const loaded = await loadSecretbox();
  const locked = dataKeys.filter(({ record }) => record.algorithm !== PLAIN);
  if (locked.length > 0 && unlockKey === undefined) {
    throw new SwarmFolderError(
      'ERR_FOLDER_LOCKED',
      `the keys in ${file} are locked: pass unlockKey, which begins with SWMKEY-1- (\`docker swarm unlock-key\` on ` +
        'a working manager shows it)',
      { file },
    );
  }
  if (locked.some(({ record }) => record.algorithm === SECRETBOX) && loaded.box === undefined) {
    throw cipherMissing(file, loaded.failure);
  }
  const keys: Uint8Array[] = [];
  const unusable = [...unreadable];
  for (const { name, record } of dataKeys) {
    const key = openRecord(record, unlockKey ?? new Uint8Array(0), loaded.box);
    if (key?.length === KEY_BYTES) keys.push(Uint8Array.from(key));
    else unusable.push(name);
  }
  if (keys.length > 0) return new KeyRing(file, keys, unusable, loaded);
  if (locked.length > 0) {
    throw new SwarmFolderError(
      'ERR_FOLDER_UNLOCK_KEY',
      `the unlock key does not open the keys in ${file}; they were locked at version ${kekVersion ?? 'unknown'} of ` +
        'the cluster. ' +
        'Is the unlock key from before the last rotation, or from after it?',
      { file, kekVersion },
    );
  }
  throw new SwarmFolderError('ERR_FOLDER_DATA_KEY', `the keys in ${file} are damaged`, { file, index: undefined });
}

/** Loads the package, which only readers of encrypted logs need. */
async function loadSecretbox(): Promise<{ readonly box?: Secretbox; readonly failure?: unknown }> {
  try {
    return { box: (await import('@noble/ciphers/salsa.js')).secretbox };
  } catch (failure) {
    return { failure };
  }
}

function cipherMissing(file: string, cause: unknown): SwarmFolderError<'ERR_FOLDER_CIPHER_MISSING'> {
  return new SwarmFolderError(
    'ERR_FOLDER_CIPHER_MISSING',
    `${file} is encrypted, and reading it needs the package ${missingPackage(PACKAGE, cause)}`,
    { file, packageName: PACKAGE },
    { cause },
  );
}
