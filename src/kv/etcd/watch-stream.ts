import { onAbort } from '../../base/async/on-abort.ts';
import { KvError } from '../../errors/kv-error.ts';
import { failureOf, tooLate } from './connection/failure.ts';
import { encodeWatchRequest } from './generated/rpc.ts';
import { watchAnswer } from './answers.ts';
import { watchRequest } from './messages.ts';
import { WatchedRange } from './watched-range.ts';
import type { EtcdStream } from './connection/connection.ts';
import type { KeyRange } from './keyspace.ts';

/** The number of messages that belong to no watch: answers to `progressRequest`, and refusals of watches. */
const noWatch = -1n;

/**
 * A stream that carries many watches, told apart by their numbers. The stream ends with its last watch. When the stream
 * breaks, all its watches reject. The stream counts as broken when a watch is not confirmed within `quietMs`. The same
 * holds for a server that is asked for a sign of life and says nothing for so long.
 */
export class WatchStream {
  /** The token with which the stream was opened. */
  readonly token: string | undefined;
  readonly #stream: EtcdStream['stream'];
  readonly #failed: () => void;
  readonly #quietMs: number;
  readonly #onEnd: () => void;
  readonly #watches = new Map<bigint, WatchedRange>();
  /** The numbers of the watches that the server has not answered yet, in order, closed ones included. */
  readonly #unanswered = new Set<bigint>();
  #numbers = 0n;
  #isOver = false;
  #heard = false;
  #asked = false;
  #sign: NodeJS.Timeout;

  constructor({ stream, token, failed }: EtcdStream, quietMs: number, onEnd: () => void) {
    this.token = token;
    this.#stream = stream;
    this.#failed = failed;
    this.#quietMs = quietMs;
    this.#onEnd = onEnd;
    stream.on('data', (message: Buffer) => this.#take(message));
    stream.on('error', (error) => this.#break(error));
    stream.on('end', () => this.#break(new Error('the stream ended without a reason')));
    this.#sign = setTimeout(this.#look, quietMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Asks for the changes of a range from the revision `start` on. Resolves when the server has confirmed the watch. The
   * watch ends as `gone` when the server has compacted its history to `asked` or later.
   */
  async watch(range: KeyRange, start: bigint, asked: bigint, signal: AbortSignal): Promise<WatchedRange> {
    const id = ++this.#numbers;
    const watch = new WatchedRange(id, range, start, () => this.#leave(id));
    const late = setTimeout(() => this.#break(tooLate()), this.#quietMs);
    this.#watches.set(id, watch);
    const forget = onAbort(signal, () => watch.close());
    try {
      if (signal.aborted) watch.close();
      else {
        this.#unanswered.add(id);
        this.#stream.write(encodeWatchRequest(watchRequest(id, range, asked)));
      }
      await watch.confirmed();
      return watch;
    } catch (error) {
      watch.close();
      throw error;
    } finally {
      clearTimeout(late);
      forget();
    }
  }

  /** Ends the stream, and its watches with `error`. */
  end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#sign);
    for (const watch of this.#watches.values()) watch.fail({ error });
    this.#watches.clear();
    this.#stream.cancel();
    this.#onEnd();
  }

  endIfUnused(): void {
    if (this.#watches.size === 0) this.end(new Error('the last watch has ended'));
  }

  #leave(id: bigint): void {
    if (!this.#watches.delete(id) || this.#isOver) return;
    if (this.#watches.size === 0) this.endIfUnused();
    else this.#stream.write(encodeWatchRequest({ cancelRequest: { watchId: id } }));
  }

  #take(message: Buffer): void {
    if (this.#isOver) return;
    this.#heard = true;
    try {
      const answer = watchAnswer(message);
      const id = answer.watchId === noWatch && answer.canceled ? this.#oldest() : answer.watchId;
      if (answer.created) this.#unanswered.delete(id);
      this.#watches.get(id)?.take(answer, message.length);
    } catch (error) {
      this.#break(error);
    }
  }

  /** The watch that a refusal without a number is about: the server answers in the order of the requests. */
  #oldest(): bigint {
    for (const id of this.#unanswered) return id;
    return noWatch;
  }

  /** The server does not do what it should: it is left for another one. */
  #break(error: unknown): void {
    if (this.#isOver) return;
    this.#failed();
    this.end(error instanceof KvError ? error : failureOf(error, 'read'));
  }

  readonly #look = (): void => {
    // After a long task of this process the answer may be there and not yet read: timers come before input.
    this.#sign = setTimeout(() => {
      if (this.#isOver) return;
      if (this.#heard) this.#asked = false;
      else if (this.#asked) {
        this.#break(tooLate());
        return;
      } else {
        this.#asked = true;
        this.#stream.write(encodeWatchRequest({ progressRequest: {} }));
      }
      this.#heard = false;
      this.#sign = setTimeout(this.#look, this.#quietMs);
    }, 1);
  };
}
