import { readFile } from 'node:fs/promises';
import { crc32c } from '../../../base/crc32c.ts';
import { FieldReader, Malformed, present } from '../bytes/fields.ts';
import { readConfState } from '../bytes/raft-messages.ts';
import type { ConfState } from '../bytes/raft-messages.ts';
import { isMissing, unreadable } from './layout.ts';
import type { SnapshotFile } from './layout.ts';

/** A snapshot whose checksum is right. */
export interface RaftSnapshot {
  readonly file: string;
  readonly index: number;
  readonly term: number;
  readonly conf: ConfState;
  /** The contents, encrypted as they are stored. */
  readonly data: Uint8Array;
}

/**
 * Reads a snapshot file. Gives the reason where the file is damaged, and undefined where it is gone. Rejects with
 * `ERR_FOLDER_UNREADABLE`. O(size of the contents).
 */
export async function readSnapshotFile(file: SnapshotFile): Promise<RaftSnapshot | string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(file.path, error);
  }
  try {
    const snapshot = readSnapshot(readChecked(bytes), file.path);
    if (snapshot.index !== file.index || snapshot.term !== file.term) {
      return `it is of index ${snapshot.index} and term ${snapshot.term}, unlike its name`;
    }
    return snapshot;
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/** `snappb.Snapshot`: a checksum, and the bytes that it is of. */
function readChecked(bytes: Uint8Array): Uint8Array {
  const fields = new FieldReader(bytes);
  let crc: number | undefined;
  let data: Uint8Array | undefined;
  while (fields.next()) {
    if (fields.number === 1) crc = fields.uint();
    else if (fields.number === 2) data = fields.bytes();
    else throw fields.unknown();
  }
  const inner = present(data, 'the contents');
  if (crc32c(inner) !== present(crc, 'the checksum')) throw new Malformed('the checksum is wrong');
  return inner;
}

/** `raftpb.Snapshot`. */
function readSnapshot(bytes: Uint8Array, file: string): RaftSnapshot {
  const fields = new FieldReader(bytes);
  let data: Uint8Array | undefined;
  let metadata: Uint8Array | undefined;
  while (fields.next()) {
    if (fields.number === 1) data = fields.bytes();
    else if (fields.number === 2) metadata = fields.bytes();
    else throw fields.unknown();
  }
  const inner = new FieldReader(present(metadata, 'the metadata'));
  let conf: ConfState | undefined;
  let index: number | undefined;
  let term: number | undefined;
  while (inner.next()) {
    if (inner.number === 1) conf = readConfState(inner.bytes());
    else if (inner.number === 2) index = inner.uint();
    else if (inner.number === 3) term = inner.uint();
    else throw inner.unknown();
  }
  return {
    file,
    index: present(index, 'the index'),
    term: present(term, 'the term'),
    conf: present(conf, 'the list of voters'),
    data: present(data, 'the contents'),
  };
}
