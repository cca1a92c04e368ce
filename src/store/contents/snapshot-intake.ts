import { isRevoked } from '../../base/host/is-revoked.ts';
import { abortable } from '../../base/async/abortable.ts';
import { isArrayBuffer, isDetached } from '../../base/host/bytes.ts';
import { chunksOfWeb, isWebSource } from './byte-source.ts';
import type { WebByteSource } from './byte-source.ts';
import { describe, quote } from '../../base/text/describe.ts';
import { isThenable } from '../../base/synchronous.ts';
import type { Pacer } from '../../base/pacer.ts';
import { StoreError } from '../../errors/store-error.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import { FieldSplitter } from '../../wire/snapshot/field-splitter.ts';
import { storeSnapshotType } from '../../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { SharedMessages } from '../../wire/reading/shared-messages.ts';
import { incompleteSnapshot, isSeal, SealCheck } from '../../wire/snapshot/seal.ts';
import type { RestoreOptions } from './stream-options.ts';

/** The bytes of a snapshot: a `Readable`, a `ReadableStream`, or anything that gives chunks. */
export type SnapshotSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | WebByteSource;

type IterableBytes = Exclude<SnapshotSource, WebByteSource>;

/**
 * Reads a snapshot from a stream, in slices of half a millisecond, and hands each object to `take`. Rejects with
 * `ERR_INCOMPLETE_SNAPSHOT`, `ERR_DECODE` (the offset counts from the start of the stream), `ERR_INVALID_OBJECT` for
 * chunks that are no bytes, the stream's error, the signal's reason, and what `onProgress` throws.
 */
export async function readSnapshotStream(
  source: SnapshotSource,
  { signal, onProgress, sealed = true }: RestoreOptions,
  pacer: Pacer,
  take: <K extends Kind>(kind: K, object: Kinds[K]) => void,
): Promise<void> {
  const splitter = new FieldSplitter();
  const shared = new SharedMessages();
  const check = sealed ? new SealCheck() : undefined;
  let objects = 0;
  const takePart = (part: Uint8Array, start: number): void => {
    if (isSeal(part, 0, part.length)) {
      check?.seal(part);
    } else {
      const before = objects;
      const read = storeSnapshotType.decodePart(part, start, shared);
      for (const kind of kinds) {
        const list: readonly Kinds[typeof kind][] = read[tableNames[kind]];
        for (const object of list) take(kind, object);
        objects += list.length;
      }
      check?.add(part, objects - before);
    }
    onProgress?.({ objects, bytes: splitter.offset });
  };
  for await (const chunk of untilAborted(checkedSource(source), signal)) {
    splitter.push(bytesOf(chunk));
    for (
      let start = splitter.offset, part = splitter.take();
      part !== undefined;
      start = splitter.offset, part = splitter.take()
    ) {
      takePart(part, start);
      if (pacer.due) await pacer.pause();
    }
    // Many small chunks are long work too, and a source that has them ready never gives the event loop a turn.
    if (pacer.rowDone()) await pacer.pause();
  }
  signal?.throwIfAborted();
  const start = splitter.offset;
  const rest = splitter.rest();
  if (rest.length > 0) {
    if (check !== undefined) throw incompleteSnapshot('it ends in the middle of a field', objects, start + rest.length);
    takePart(rest, start);
  }
  check?.end();
  if (splitter.offset === 0) throw incompleteSnapshot('there are no bytes at all', 0, 0);
}

/**
 * The chunks of a source. When the signal aborts, rejects with its reason and closes the source, even if the next chunk
 * never comes.
 */
async function* untilAborted(source: IterableBytes, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    for (;;) {
      const step = await abortable(Promise.resolve(iterator.next()), signal);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // A source that is still producing a chunk closes after that chunk, which may never come: do not wait for it.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Throws `ERR_INVALID_OBJECT` for a source that gives no chunks. */
function checkedSource(source: SnapshotSource): IterableBytes {
  const given: unknown = source;
  const revoked = isRevoked(given);
  if (
    typeof given === 'object' &&
    given !== null &&
    !revoked &&
    (Symbol.asyncIterator in given || Symbol.iterator in given)
  ) {
    return source as IterableBytes;
  }
  if (!revoked && isWebSource(given)) return chunksOfWeb(given);
  const hint = !revoked && isThenable(given) ? '; await it first' : '';
  throw new StoreError(
    'ERR_INVALID_OBJECT',
    `the source of a snapshot is a stream or another iterable of bytes, not ${describe(given)}${hint}`,
    { messageType: 'StoreSnapshot', path: [] },
  );
}

/** A chunk as bytes: views and buffers of any kind. Throws `ERR_INVALID_OBJECT` for anything else. */
function bytesOf(chunk: unknown): Uint8Array {
  const bytes = viewOf(chunk);
  if (bytes !== undefined && !isDetached(bytes)) return bytes;
  const found = bytes === undefined ? quote(chunk) : 'bytes whose memory was transferred';
  throw new StoreError('ERR_INVALID_OBJECT', `the stream of a snapshot gives bytes (Uint8Array), not ${found}`, {
    messageType: 'StoreSnapshot',
    path: [],
  });
}

function viewOf(chunk: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk;
  try {
    if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return isArrayBuffer(chunk) ? new Uint8Array(chunk) : undefined;
  } catch {
    // The memory of a view or of a buffer was transferred.
    return undefined;
  }
}
