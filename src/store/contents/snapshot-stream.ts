import { crc32c } from '../../base/crc32c.ts';
import { writeChunks } from './byte-sink.ts';
import type { ByteSink } from './byte-sink.ts';
import { longWork } from '../../base/long-work.ts';
import type { Pacer } from '../../base/pacer.ts';
import { ID_INDEX } from '../../engine/index/keys.ts';
import type { Snapshot } from '../../engine/rows/snapshot.ts';
import { snapshotKinds } from '../../wire/generated/kinds.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { SEAL_BYTES, sealOf } from '../../wire/snapshot/seal.ts';
import { SnapshotWriter } from '../../wire/snapshot/snapshot-writer.ts';
import type { SaveOptions } from './stream-options.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';

/** The size of a chunk, in bytes. */
const CHUNK = 64 * 1024;

/**
 * Writes a state to a stream: the bytes that `StoreSnapshot.encode` gives for all of it, and a seal. The work is done
 * in slices of half a millisecond, and only while the stream accepts more: memory holds a chunk or two. Rejects with
 * the stream's error, the signal's reason, and what `onProgress` throws.
 */
export async function streamState(
  tables: StoreTables,
  snapshot: Snapshot,
  sink: ByteSink,
  options: SaveOptions,
): Promise<void> {
  const { signal } = options;
  try {
    await longWork(snapshot, signal, (pacer) => writeChunks(chunksOf(tables, snapshot, options, pacer), sink, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function* chunksOf(
  tables: StoreTables,
  snapshot: Snapshot,
  { onProgress, seal = true }: SaveOptions,
  pacer: Pacer,
): AsyncGenerator<Uint8Array, void> {
  const writer = new SnapshotWriter();
  const totalObjects = snapshotKinds.reduce((total, kind) => total + tables[kind].rows.at(snapshot).size, 0);
  let objects = 0;
  let bytes = 0;
  let checksum = 0;
  const chunk = (): Uint8Array => {
    const taken = writer.take();
    bytes += taken.length;
    if (seal) checksum = crc32c(taken, checksum);
    onProgress?.({ objects, bytes, totalObjects });
    return taken;
  };
  for (const kind of snapshotKinds) {
    const reader = (tables[kind] as StoreTable).rows.at(snapshot);
    await pacer.follow(reader.prepareScan(ID_INDEX));
    for (const object of reader.scan(ID_INDEX, '')) {
      writer.add<Kind>(kind, object);
      objects += 1;
      if (writer.length >= CHUNK) yield chunk();
      if (pacer.rowDone()) await pacer.pause();
    }
  }
  if (writer.length > 0 || (objects === 0 && !seal)) yield chunk();
  if (!seal) return;
  bytes += SEAL_BYTES;
  onProgress?.({ objects, bytes, totalObjects });
  yield sealOf(objects, checksum);
}
