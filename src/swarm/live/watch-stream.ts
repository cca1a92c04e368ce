import type * as grpc from '@grpc/grpc-js';
import { WatchMessage } from '../../wire/generated/watch.ts';

/** The messages of a watch: kept until `deliver` is called, then given on at once. */
export class WatchStream {
  readonly #stream: grpc.ClientReadableStream<Buffer>;
  readonly #opened: Promise<void>;
  /** Rejects when the stream ends or a message cannot be decoded. */
  readonly ended: Promise<never>;
  #kept: WatchMessage[] | undefined = [];
  #deliver: ((message: WatchMessage) => void) | undefined;

  constructor(stream: grpc.ClientReadableStream<Buffer>) {
    this.#stream = stream;
    let open = (): void => undefined;
    let fail = (_: unknown): void => undefined;
    const ended = new Promise<never>((_, reject) => (fail = reject));
    const opened = new Promise<void>((resolve) => (open = resolve));
    // The reader waits for the end only after the beginning.
    ended.catch(() => undefined);
    this.ended = ended;
    this.#opened = Promise.race([opened, ended]);
    this.#opened.catch(() => undefined);
    let isOpen = false;
    stream.on('data', (bytes: Buffer) => {
      try {
        const message = WatchMessage.decode(bytes);
        // The first message is empty: it tells that the watch stands.
        if (isOpen) this.#take(message);
        isOpen = true;
        open();
      } catch (error) {
        fail(error);
        stream.cancel();
      }
    });
    stream.on('error', fail);
    stream.on('end', () => {
      fail(new Error('the watch ended without a status'));
    });
  }

  /** Settles when the manager has said that the watch stands: every later change comes. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** The messages that came so far. */
  takeKept(): readonly WatchMessage[] {
    const kept = this.#kept ?? [];
    this.#kept = this.#deliver === undefined ? [] : undefined;
    return kept;
  }

  /** Gives every further message to `deliver`, which has taken the kept ones. */
  deliver(deliver: (message: WatchMessage) => void): void {
    this.#deliver = deliver;
    for (const message of this.takeKept()) deliver(message);
  }

  cancel(): void {
    this.#deliver = () => undefined;
    this.#stream.cancel();
  }

  #take(message: WatchMessage): void {
    if (this.#deliver === undefined) this.#kept?.push(message);
    else this.#deliver(message);
  }
}
