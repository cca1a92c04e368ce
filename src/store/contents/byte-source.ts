/** A `ReadableStream`, as in browsers. Some of them cannot iterate over it. */
export interface WebByteSource {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}

export function isWebSource(source: unknown): source is WebByteSource {
  return typeof source === 'object' && source !== null && 'getReader' in source;
}

/** The chunks of a stream. The stream is cancelled when its reader stops before the end. */
export async function* chunksOfWeb(source: WebByteSource): AsyncGenerator<Uint8Array, void> {
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) yield value;
    }
  } finally {
    // To cancel a stream that has ended does nothing.
    reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
