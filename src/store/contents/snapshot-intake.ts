import { abortable } from '../../base/abortable.ts';
import { quote } from '../../base/describe.ts';
import type { Pacer } from '../../base/pacer.ts';
import { StoreError } from '../../errors/store-error.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import { FieldSplitter } from '../../wire/snapshot/field-splitter.ts';
import { storeSnapshotType } from '../../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { SharedMessages } from '../../wire/reading/shared-messages.ts';
import type { StreamOptions } from './snapshot-stream.ts';

/** The bytes of a snapshot: a `Readable`, or anything that gives chunks. */
export type SnapshotSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads a snapshot from a stream, in slices of half a millisecond, and hands each object to `take`. Rejects with
 * `ERR_DECODE` (the offset counts from the start of the stream), `ERR_INVALID_OBJECT` for chunks that are no bytes, the
 * stream's error, the signal's reason, and what `onProgress` throws.
 */
export async function readSnapshotStream(
  source: SnapshotSource,
  { signal, onProgress }: StreamOptions,
  pacer: Pacer,
  take: <K extends Kind>(kind: K, object: Kinds[K]) => void,
): Promise<void> {
  const splitter = new FieldSplitter();
  const shared = new SharedMessages();
  let objects = 0;
  const takePart = (part: Uint8Array, start: number): void => {
    const read = storeSnapshotType.decodePart(part, start, shared);
    for (const kind of kinds) {
      const list: readonly Kinds[typeof kind][] = read[tableNames[kind]];
      for (const object of list) take(kind, object);
      objects += list.length;
    }
    onProgress?.({ objects, bytes: splitter.offset });
  };
  for await (const chunk of untilAborted(source, signal)) {
    if (!ArrayBuffer.isView(chunk)) throw notBytes(chunk);
    splitter.push(chunk);
    for (
      let start = splitter.offset, part = splitter.take();
      part !== undefined;
      start = splitter.offset, part = splitter.take()
    ) {
      takePart(part, start);
      if (pacer.due) await pacer.pause();
    }
  }
  signal?.throwIfAborted();
  const start = splitter.offset;
  const rest = splitter.rest();
  if (rest.length > 0 || start === 0) takePart(rest, start);
}

/**
 * The chunks of a source. When the signal aborts, rejects with its reason and closes the source, even if the next chunk
 * never comes.
 */
async function* untilAborted(
  source: SnapshotSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    signal.throwIfAborted();
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

function notBytes(chunk: unknown): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError(
    'ERR_INVALID_OBJECT',
    `the stream of a snapshot gives bytes (Uint8Array), not ${quote(chunk)}`,
    {
      messageType: 'StoreSnapshot',
      path: [],
    },
  );
}
