import { onAbort } from '../../base/async/on-abort.ts';

/** The way to one client. */
export interface EventSink {
  /** Sends bytes. False: no more before {@link drained}. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when the client has taken most of what was written, or has gone. */
  drained(): Promise<void>;
  /** Ends the answer after what was written. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
  /** Calls `gone` once, when the client has gone or the answer has ended. */
  whenGone(gone: () => void): void;
}

/** The part of `http.ServerResponse` that is used; those of Express and HTTP/2 have it, too. */
export interface NodeResponse {
  writeHead(status: number, headers: { readonly [name: string]: string }): unknown;
  flushHeaders(): void;
  write(bytes: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  on(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
}

/** A client behind a response of `node:http`. */
export class NodeSink implements EventSink {
  readonly #response: NodeResponse;
  readonly #gone: Promise<void>;
  #onDrain: (() => void) | undefined;
  #ended = false;

  constructor(response: NodeResponse) {
    this.#response = response;
    this.#gone = new Promise((resolve) => {
      response.on('close', () => {
        this.#ended = true;
        resolve();
        this.#onDrain?.();
      });
    });
    response.on('drain', () => this.#onDrain?.());
    // `close` follows.
    response.on('error', () => undefined);
  }

  write(bytes: Uint8Array): boolean {
    return this.#ended || this.#response.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => (this.#onDrain = resolve));
  }

  end(): void {
    this.#ended = true;
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  whenGone(gone: () => void): void {
    void this.#gone.then(gone);
  }
}

/** The bytes that may wait in a web stream. */
const WEB_BUFFER = 64 * 1024;

/** A client behind a `Response` of the Fetch API. */
export class WebSink implements EventSink {
  readonly body: ReadableStream<Uint8Array>;
  readonly #gone: Promise<void>;
  #setGone: () => void = () => undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onDrain: (() => void) | undefined;
  readonly #forgetSignal: (() => void) | undefined;
  #ended = false;

  constructor(signal: AbortSignal | undefined) {
    this.#gone = new Promise((resolve) => (this.#setGone = resolve));
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onDrain?.(),
        cancel: () => this.#finish(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: WEB_BUFFER }),
    );
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => this.destroy());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#controller === undefined) return true;
    this.#controller.enqueue(bytes);
    return (this.#controller.desiredSize ?? 0) > 0;
  }

  drained(): Promise<void> {
    if (this.#ended || (this.#controller?.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onDrain = resolve));
  }

  end(): void {
    if (this.#ended) return;
    this.#controller?.close();
    this.#finish();
  }

  destroy(): void {
    if (this.#ended) return;
    this.#controller?.error(new Error('the server has ended the stream'));
    this.#finish();
  }

  whenGone(gone: () => void): void {
    void this.#gone.then(gone);
  }

  #finish(): void {
    this.#ended = true;
    this.#forgetSignal?.();
    this.#setGone();
    this.#onDrain?.();
  }
}
