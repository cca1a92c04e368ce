import { isTypedError } from '../../errors/typed-error.ts';
import { background } from '../../base/host/background-timer.ts';
import { nextTurn, turnIsDue } from '../../base/scheduling/turns.ts';
import type { Version } from '../../wire/generated/common.ts';
import { endEvent, heartbeat, positionEvent } from './event-format.ts';
import type { EventSink } from './event-sink.ts';

/** Sends one feed to one client, as fast as the client reads. */
export class EventStream {
  readonly #sink: EventSink;
  readonly #stallMs: number;
  readonly #gone = new AbortController();
  /** True since the last heartbeat when something was sent. */
  #busy = true;
  /** True while the client has to read before more is sent. */
  #full = false;
  #passed: Version | undefined;
  #cut: { readonly code: string; readonly message: string } | undefined;

  constructor(sink: EventSink, stallMs: number) {
    this.#sink = sink;
    this.#stallMs = stallMs;
    sink.whenGone(() => {
      this.#gone.abort(new Error('the client has gone'));
    });
  }

  /** Aborts when the client has gone or was cut off. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Notes the version of a commit that had nothing for the client. */
  passed(version: Version): void {
    this.#passed = version;
  }

  /** Sends all frames, then the reason for the end. Never rejects. */
  async send(frames: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const frame of frames) {
        this.#busy = true;
        this.#passed = undefined;
        if (!this.#sink.write(frame)) await this.#drained();
        else if (turnIsDue()) await nextTurn();
        if (this.#gone.signal.aborted) break;
      }
      this.#cut ??= { code: 'ERR_STORE_CLOSED', message: 'the store was closed' };
    } catch (error) {
      this.#cut ??= isTypedError(error, 'StoreError', undefined)
        ? (error as Error & { readonly code: string })
        : { code: 'ERR_INTERNAL', message: 'the server failed' };
    }
    this.#end();
  }

  /** Shows that the stream is alive, where nothing was sent since the last call. */
  beat(): void {
    const { aborted } = this.#gone.signal;
    if (!this.#busy && !this.#full && !aborted) {
      this.#sink.write(this.#passed === undefined ? heartbeat : positionEvent(this.#passed));
      this.#passed = undefined;
    }
    this.#busy = false;
  }

  /** Ends the stream with a reason. */
  cut(code: string, message: string): void {
    this.#cut ??= { code, message };
    this.#gone.abort(new Error(message));
  }

  #end(): void {
    const { code, message } = this.#cut ?? { code: '', message: '' };
    this.#sink.write(endEvent(code, message));
    this.#sink.end();
    // A client that does not read its last bytes does not keep the connection.
    const timer = background(setTimeout(() => this.#sink.destroy(), this.#stallMs));
    this.#sink.whenGone(() => {
      clearTimeout(timer);
    });
  }

  async #drained(): Promise<void> {
    this.#full = true;
    const timer = background(
      setTimeout(() => {
        this.#cut = { code: 'ERR_STALLED', message: `the client read nothing for ${this.#stallMs} ms` };
        this.#gone.abort(new Error(this.#cut.message));
        this.#sink.destroy();
      }, this.#stallMs),
    );
    await this.#sink.drained();
    clearTimeout(timer);
    this.#full = false;
  }
}
