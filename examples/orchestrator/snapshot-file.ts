import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MemoryStore, SnapshotVersion, isStoreError } from 'swarmstate';
import { restoreFromFile, saveToFile } from 'swarmstate/files';
import { Snapshot, StoreSnapshot } from 'swarmstate/proto';
import type { ClusterSnapshot } from 'swarmstate/proto';

/** A snapshot that cannot be used; the message says why and what to do. */
export class SnapshotFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SnapshotFileError';
  }
}

/** The contents of a snapshot file. */
export interface SnapshotContents {
  readonly store: StoreSnapshot;
  /** The managers of the raft group, where the file is a whole `Snapshot`. */
  readonly membership: ClusterSnapshot | undefined;
  /** True for a bare `StoreSnapshot` without a seal: nothing shows whether its end is missing. */
  readonly unsealed?: true;
}

/**
 * Writes the contents of a store to a file, in the format of swarmkit's managers. `saveToFile` replaces an old file in
 * one step, so the file is always complete. Without a membership, `saveToFile(store, path)` would be all of it: that
 * writes a sealed `StoreSnapshot`. Resolves to the number of bytes.
 */
export async function writeSnapshotFile(
  path: string,
  store: MemoryStore,
  membership?: ClusterSnapshot,
): Promise<number> {
  const bytes = Snapshot.encode({ version: SnapshotVersion.V0, membership, store: store.save() });
  await mkdir(dirname(path), { recursive: true });
  await saveToFile({ saveTo: (writable) => pipeline(Readable.from([bytes]), writable) }, path);
  return bytes.byteLength;
}

/** Reads a snapshot from a file. Throws {@link SnapshotFileError}. */
export async function readSnapshotFile(path: string): Promise<SnapshotContents> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: { readonly [code: string]: string } = {
      ENOENT: 'there is no such file; a run writes one to data/cluster.snapshot',
      EISDIR: 'this is a folder; name the snapshot in it',
      EACCES: 'you may not read it',
    };
    throw new SnapshotFileError(`${path}: ${reasons[code ?? ''] ?? String(error)}`, { cause: error });
  }
  return (await readSealed(path)) ?? decodeSnapshot(bytes, path);
}

/** The contents of a file that `saveToFile(store, path)` wrote; undefined for any other file. */
async function readSealed(path: string): Promise<SnapshotContents | undefined> {
  const store = new MemoryStore();
  try {
    await restoreFromFile(store, path);
    return { store: store.save(), membership: undefined };
  } catch {
    // Not sealed, or not bare: `decodeSnapshot` says more about it.
    return undefined;
  } finally {
    await store.close();
  }
}

/**
 * Decodes a `Snapshot` or a bare `StoreSnapshot`. The bytes do not say which of the two they are, and some bytes can be
 * decoded as both. The type whose encoding gives the same bytes again is taken. When neither does, the bytes have
 * fields of another release, and the first type that decodes is taken. Throws {@link SnapshotFileError}, also for a
 * `Snapshot` that was cut off, and for no bytes.
 */
export function decodeSnapshot(bytes: Uint8Array, path: string): SnapshotContents {
  if (bytes.byteLength === 0) throw new SnapshotFileError(`${path}: this file is empty, as a full disk leaves it`);
  const whole = attempt(() => Snapshot.decode(bytes));
  if (whole.value !== undefined && isSame(Snapshot.encode(whole.value), bytes)) return contentsOf(whole.value);
  const bare = attempt(() => StoreSnapshot.decode(bytes));
  if (bare.value !== undefined && isSame(StoreSnapshot.encode(bare.value), bytes)) return unsealed(bare.value);
  if (isStoreError(whole.error, 'ERR_INVALID_SNAPSHOT')) {
    throw new SnapshotFileError(`${path}: ${whole.error.message}`, { cause: whole.error });
  }
  if (whole.value !== undefined) {
    // The store is the last field, and has a length: only a file that ends before it decodes without it.
    if (isSame(StoreSnapshot.encode(whole.value.store), StoreSnapshot.encode({})))
      throw new SnapshotFileError(`${path}: this file ends before the contents of the store; a copy of it was cut off`);
    return contentsOf(whole.value);
  }
  if (bare.value !== undefined) return unsealed(bare.value);
  const reason = whole.error instanceof Error ? whole.error.message : String(whole.error);
  throw new SnapshotFileError(
    `${path}: this is neither a Snapshot nor a StoreSnapshot of swarmkit: ${reason}. ` +
      'A raft snapshot on disk is encrypted; decrypt it first, for example with swarm-rafttool',
    { cause: whole.error },
  );
}

function unsealed(store: StoreSnapshot): SnapshotContents {
  return { store, membership: undefined, unsealed: true };
}

function contentsOf({ store, membership }: Snapshot): SnapshotContents {
  return { store, membership };
}

function attempt<T>(decode: () => T): { readonly value?: T; readonly error?: unknown } {
  try {
    return { value: decode() };
  } catch (error) {
    return { error };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
