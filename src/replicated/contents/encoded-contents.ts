import { createHash } from 'node:crypto';
import { crc32c } from '../../base/crc32c.ts';
import type { WebByteSink } from '../../store/contents/byte-sink.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { sealOf } from '../../wire/snapshot/seal.ts';

/** Contents of so many rows are encoded in one step, larger ones in slices beside the readers and writers. */
const SMALL_ROWS = 500;

/**
 * The contents of a store with few rows, as the bytes of a snapshot with a seal: the bytes that `saveTo` writes.
 * Undefined for a store with many rows.
 */
export function encodeSmall(store: MemoryStore): Uint8Array | undefined {
  const rows = Object.values(store.stats().rows).reduce((sum, count) => sum + count, 0);
  if (rows > SMALL_ROWS) return undefined;
  const contents = StoreSnapshot.encode(store.save());
  return Buffer.concat([contents, sealOf(rows, crc32c(contents))]);
}

/** SHA-256 over the bytes that `saveTo` writes for the contents at the call. Writers go on meanwhile. */
export async function hashLarge(store: MemoryStore, signal: AbortSignal): Promise<Uint8Array> {
  const hash = createHash('sha256');
  const sink: WebByteSink = {
    getWriter: () => ({
      write: (chunk) => {
        hash.update(chunk);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
      abort: () => Promise.resolve(),
      releaseLock: () => undefined,
    }),
  };
  await store.saveTo(sink, { signal });
  return hash.digest();
}
