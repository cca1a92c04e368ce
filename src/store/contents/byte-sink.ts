import { abortable } from '../../base/async/abortable.ts';
import { builtinModule } from '../../base/host/builtin-module.ts';

/** A `Writable` of Node.js, by the members that a program needs to write to it. */
export interface NodeByteSink {
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: 'drain' | 'finish' | 'close', listener: () => void): unknown;
}

/** A `WritableStream`, as in browsers. */
export interface WebByteSink {
  getWriter(): {
    write(chunk: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}

/** A stream that takes bytes. */
export type ByteSink = NodeByteSink | WebByteSink;

/**
 * Writes chunks to a stream as fast as it takes them, and ends it. Rejects with the stream's error, that of `chunks`,
 * and the signal's reason; then the stream is destroyed.
 */
export async function writeChunks(
  chunks: AsyncGenerator<Uint8Array, void>,
  sink: ByteSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (isWebSink(sink)) return writeToWeb(chunks, sink, signal);
  const streams = builtinModule('node:stream/promises');
  if (streams === undefined) throw new TypeError('without Node.js, a snapshot is written to a WritableStream');
  await streams.pipeline(chunks, sink as unknown as NodeJS.WritableStream, signal === undefined ? {} : { signal });
}

function isWebSink(sink: unknown): sink is WebByteSink {
  return typeof sink === 'object' && sink !== null && 'getWriter' in sink;
}

async function writeToWeb(
  chunks: AsyncGenerator<Uint8Array, void>,
  sink: WebByteSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = sink.getWriter();
  const done = (step: Promise<void>): Promise<void> => (signal === undefined ? step : abortable(step, signal));
  try {
    signal?.throwIfAborted();
    for await (const chunk of chunks) await done(writer.write(chunk));
    await done(writer.close());
  } catch (error) {
    // A sink that is busy with a chunk may never end: do not wait for it.
    writer.abort(error).catch(() => undefined);
    throw error;
  } finally {
    writer.releaseLock();
  }
}
