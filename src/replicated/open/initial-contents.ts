import { all } from '../../model/find/finders.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { SnapshotSource } from '../../store/contents/snapshot-intake.ts';
import type { StoreSnapshotInput } from '../../wire/generated/snapshot.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { NewSnapshot } from '../access/snapshot-access.ts';
import { ChunkSink } from '../contents/chunk-sink.ts';
import type { InitialContents } from './options.ts';

/** Contents that a log is to start from, checked and complete. */
export interface Initial {
  /** The largest version in any object. */
  readonly version: number;
  /** Writes the contents as the chunks of a snapshot. */
  write(snapshot: NewSnapshot, chunkBytes: number): Promise<void>;
}

/** Reads contents whole, before anything is written. Rejects as `MemoryStore.restore` and `restoreFrom` do. */
export async function readInitial(given: InitialContents, signal: AbortSignal | undefined): Promise<Initial> {
  const store = new MemoryStore();
  const source = sourceOf(given);
  if (source === undefined) await store.restore(StoreSnapshot.from(given as StoreSnapshotInput));
  else await store.restoreFrom(source, { signal });
  return {
    version: largestVersion(store),
    write: (snapshot, chunkBytes) => {
      const sink = new ChunkSink(chunkBytes);
      sink.open(snapshot);
      return store.saveTo(sink);
    },
  };
}

function largestVersion(store: MemoryStore): number {
  let largest = 0;
  store.view((tx) => {
    for (const kind of kinds) {
      for (const { meta } of tx.table(kind).iterate(all)) {
        if (meta.version.index > largest) largest = meta.version.index;
      }
    }
  });
  return largest;
}

/** The stream of contents that are bytes; undefined for a message. */
function sourceOf(given: InitialContents): SnapshotSource | undefined {
  if (given instanceof Uint8Array) return [given];
  const stream = Symbol.asyncIterator in given || Symbol.iterator in given || 'getReader' in given;
  return stream ? (given as SnapshotSource) : undefined;
}
