import type * as grpc from '@grpc/grpc-js';
import { grpcStatus } from '../../grpc/calls.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { RpcFailure } from './rpc-failure.ts';
import type { BudgetHolder, SendBudget } from './send-budget.ts';

/** A call that is answered with a stream of bytes; a unary call is answered with one message. */
export type AnsweredCall = grpc.ServerWritableStream<Buffer, Buffer>;

/** The parts of {@link StreamSender}. */
export interface SenderParts {
  readonly module: Grpc;
  readonly call: AnsweredCall;
  readonly budget: SendBudget;
  readonly streamBytes: number;
  readonly graceMs: number;
  /** Resets the stream: the client gets `RESOURCE_EXHAUSTED` without a text. */
  readonly reset: () => void;
  /** Called when the stream is cut because its reader is too slow. */
  readonly onCut: () => void;
}

/** The frame around a message, in bytes. */
const FRAME_BYTES = 5;

/** The statuses of streams whose client went away, and of those that a slow reader lost. */
const gone = new RpcFailure('cancelled', 'the client has gone');
const tooSlow = new RpcFailure('resourceExhausted', 'the reader is too slow: the stream was cut');

/** Sends the messages of one stream at the speed of its reader. The unsent bytes are limited. */
export class StreamSender implements BudgetHolder {
  readonly #parts: SenderParts;
  readonly #ending = new AbortController();
  /** The sends that wait for the reader. */
  readonly #waiting = new Set<(reason: RpcFailure) => void>();
  #unsent = 0;
  #ended = false;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    // Also emitted when the status was sent. The event `close` comes while bytes are still unsent.
    parts.call.once('cancelled', () => this.#release(gone));
  }

  /** Aborts when the stream has ended, for whichever reason. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /**
   * Sends a message, and resolves when the reader's window has taken it. Await each send: the stream is cut where more
   * than the limit waits. Rejects with the reason once the stream has ended.
   */
  send(message: Uint8Array): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.reject(this.#ending.signal.reason as RpcFailure);
    const bytes = message.byteLength + FRAME_BYTES;
    const { budget, call, streamBytes } = this.#parts;
    if (this.#unsent > 0 && this.#unsent + bytes > streamBytes) {
      this.cut();
      return Promise.reject(tooSlow);
    }
    this.#unsent += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const sent = (error: Error | null | undefined): void => {
        if (!this.#waiting.delete(reject)) return;
        this.#unsent -= bytes;
        budget.sent(this, bytes);
        if (error === null || error === undefined) resolve();
        else reject(gone);
      };
      budget.add(this, bytes);
      // The budget may have cut this stream.
      if (this.#ending.signal.aborted) return;
      call.write(Buffer.from(message.buffer, message.byteOffset, message.byteLength), sent);
    });
  }

  /** Ends the stream with the status `OK`, behind the messages. */
  end(): void {
    if (this.#isOver()) return;
    this.#parts.call.end();
    this.#startGrace();
  }

  /** Ends the stream with a status, behind the messages that were sent. */
  fail(failure: RpcFailure): void {
    if (this.#isOver()) return;
    const { module, call } = this.#parts;
    const metadata = new module.Metadata();
    for (const [name, value] of Object.entries(failure.trailers)) metadata.set(name, value);
    // The package sends the status behind what was written.
    call.emit('error', { code: grpcStatus[failure.status], details: failure.message, metadata });
    this.#startGrace();
    this.#abort(failure);
  }

  /** Ends the stream at once: its reader is too slow. */
  cut(): void {
    if (this.#ending.signal.aborted && this.#unsent === 0) return;
    this.#parts.onCut();
    this.#parts.reset();
    this.#release(tooSlow);
  }

  /** True where the stream has ended already; else it counts as ended now. */
  #isOver(): boolean {
    if (this.#ended || this.#ending.signal.aborted) return true;
    this.#ended = true;
    return false;
  }

  /** A stream that has ended is reset when its reader does not take the rest. */
  #startGrace(): void {
    this.#graceTimer ??= setTimeout(() => {
      this.#parts.reset();
      this.#release(tooSlow);
    }, this.#parts.graceMs).unref();
  }

  #release(reason: RpcFailure): void {
    clearTimeout(this.#graceTimer);
    this.#unsent = 0;
    this.#parts.budget.release(this);
    this.#abort(reason);
  }

  #abort(reason: RpcFailure): void {
    this.#ending.abort(reason);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
