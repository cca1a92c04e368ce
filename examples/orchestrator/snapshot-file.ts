import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SnapshotVersion, isStoreError } from 'swarmstate';
import type { MemoryStore } from 'swarmstate';
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
}

/**
 * Writes the contents of a store to a file, in the format of swarmkit's managers. The new bytes go to a second file
 * that then replaces the first, so the file is always complete.
 */
export function writeSnapshotFile(path: string, store: MemoryStore, membership?: ClusterSnapshot): number {
  const bytes = Snapshot.encode({ version: SnapshotVersion.V0, membership, store: store.save() });
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
  return bytes.byteLength;
}

/** Reads a snapshot from a file. Throws {@link SnapshotFileError}. */
export function readSnapshotFile(path: string): SnapshotContents {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: { readonly [code: string]: string } = {
      ENOENT: 'there is no such file; a run writes one to data/cluster.snapshot',
      EISDIR: 'this is a folder; name the snapshot in it',
      EACCES: 'you may not read it',
    };
    throw new SnapshotFileError(`${path}: ${reasons[code ?? ''] ?? String(error)}`, { cause: error });
  }
  return decodeSnapshot(bytes, path);
}

/**
 * Decodes a `Snapshot` or a bare `StoreSnapshot`. The bytes do not say which of the two they are, and some bytes can be
 * decoded as both. The type whose encoding gives the same bytes again is taken. When neither does, the bytes have
 * fields of another release, and the first type that decodes is taken. Empty bytes are an empty `StoreSnapshot`.
 */
export function decodeSnapshot(bytes: Uint8Array, path: string): SnapshotContents {
  const whole = attempt(() => Snapshot.decode(bytes));
  if (whole.value !== undefined && isSame(Snapshot.encode(whole.value), bytes)) return contentsOf(whole.value);
  const bare = attempt(() => StoreSnapshot.decode(bytes));
  if (bare.value !== undefined && isSame(StoreSnapshot.encode(bare.value), bytes))
    return { store: bare.value, membership: undefined };
  if (isStoreError(whole.error, 'ERR_INVALID_SNAPSHOT')) {
    throw new SnapshotFileError(`${path}: ${whole.error.message}`, { cause: whole.error });
  }
  if (whole.value !== undefined) return contentsOf(whole.value);
  if (bare.value !== undefined) return { store: bare.value, membership: undefined };
  const reason = whole.error instanceof Error ? whole.error.message : String(whole.error);
  throw new SnapshotFileError(
    `${path}: this is neither a Snapshot nor a StoreSnapshot of swarmkit: ${reason}. A raft snapshot on disk is encrypted; decrypt it first, for example with swarm-rafttool`,
    { cause: whole.error },
  );
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
