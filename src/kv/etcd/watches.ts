import { abortable } from '../../base/async/abortable.ts';
import { WatchService } from './generated/rpc.ts';
import { WatchRefused, isAboutRights, refusedWatch } from './watched-range.ts';
import { WatchStream } from './watch-stream.ts';
import type { EtcdConnection } from './connection/connection.ts';
import type { KeyRange } from './keyspace.ts';
import type { WatchedRange } from './watched-range.ts';

/**
 * The watches of a store, all on one stream. Servers limit the streams of a connection, and a watch beyond the limit
 * would never be told anything. A stream whose token has expired keeps its watches and gets no new ones.
 */
export class EtcdWatches {
  readonly #connection: EtcdConnection;
  readonly #quietMs: number;
  readonly #streams = new Set<WatchStream>();
  readonly #closed = new AbortController();
  /** The stream that new watches go to. */
  #current: Promise<WatchStream> | undefined;

  /** `quietMs`: milliseconds after which a server that owes an answer counts as failed. */
  constructor(connection: EtcdConnection, quietMs: number) {
    this.#connection = connection;
    this.#quietMs = quietMs;
  }

  /**
   * Watches a range from the revision `start` on, at a server that is reached within `withinMs` and confirms the watch.
   * `asked` is the revision that the server is asked for. A server that has compacted its history to the revision
   * `asked` itself takes the watch, and leaves out the deletes of that revision.
   */
  async watch(
    range: KeyRange,
    start: bigint,
    withinMs: number,
    signal: AbortSignal,
    asked: bigint = start,
  ): Promise<WatchedRange> {
    let renewed = false;
    for (;;) {
      const opening = this.#stream(withinMs);
      const stream = await this.#opened(opening, signal);
      // Another watch was the last one, and has ended.
      if (stream.isOver) continue;
      try {
        return await stream.watch(range, start, asked, signal);
      } catch (error) {
        if (!(error instanceof WatchRefused)) throw error;
        // The user may have the right, and the token has expired since the stream was opened.
        const retried = !renewed && isAboutRights(error.reason) && this.#connection.discardToken(stream.token);
        if (this.#current === opening && retried) this.#current = undefined;
        if (!retried) throw refusedWatch(error);
        renewed = true;
      }
    }
  }

  async #opened(opening: Promise<WatchStream>, signal: AbortSignal): Promise<WatchStream> {
    try {
      return await abortable(opening, signal);
    } catch (error) {
      if (signal.aborted) {
        opening.then(
          (stream) => stream.endIfUnused(),
          () => undefined,
        );
      }
      throw error;
    }
  }

  close(reason: Error): void {
    this.#closed.abort(reason);
    for (const stream of this.#streams) stream.end(reason);
  }

  #stream(withinMs: number): Promise<WatchStream> {
    if (this.#current !== undefined) return this.#current;
    const opening = this.#open(withinMs, () => {
      if (this.#current === opening) this.#current = undefined;
    });
    this.#current = opening;
    return opening;
  }

  async #open(withinMs: number, onEnd: () => void): Promise<WatchStream> {
    try {
      const opened = await this.#connection.stream(WatchService.watch.path, withinMs, this.#closed.signal);
      const stream: WatchStream = new WatchStream(opened, this.#quietMs, () => {
        this.#streams.delete(stream);
        onEnd();
      });
      this.#streams.add(stream);
      return stream;
    } catch (error) {
      // In a later step: `#current` is set when this function has returned its promise.
      await Promise.resolve();
      onEnd();
      throw error;
    }
  }
}
