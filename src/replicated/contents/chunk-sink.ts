import type { NewSnapshot } from '../access/snapshot-access.ts';
import type { WebByteSink } from '../../store/contents/byte-sink.ts';

/** A sink of bytes that writes chunks of one size to a snapshot. Until the snapshot is there, the writer waits. */
export class ChunkSink implements WebByteSink {
  readonly #size: number;
  readonly #snapshot: Promise<NewSnapshot>;
  #open: (snapshot: NewSnapshot) => void = () => undefined;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(size: number) {
    this.#size = size;
    this.#snapshot = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(snapshot: NewSnapshot): void {
    this.#open(snapshot);
  }

  getWriter(): ReturnType<WebByteSink['getWriter']> {
    return {
      write: (chunk) => this.#write(chunk),
      close: () => this.#flush(1),
      abort: () => Promise.resolve(),
      releaseLock: () => undefined,
    };
  }

  async #write(chunk: Uint8Array): Promise<void> {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= this.#size) await this.#flush(this.#size);
  }

  /** Writes what waits, in chunks of the size, as long as at least so many bytes wait. */
  async #flush(least: number): Promise<void> {
    const snapshot = await this.#snapshot;
    const bytes = Buffer.concat(this.#waiting);
    let at = 0;
    for (; bytes.length - at >= least; at += this.#size) {
      const chunk = bytes.subarray(at, at + this.#size);
      await snapshot.add(chunk);
    }
    const rest = bytes.subarray(at);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
  }
}
