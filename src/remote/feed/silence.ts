import { background } from '../../base/host/background-timer.ts';

/** Silence that counts as a dead connection, in heartbeats. */
const SILENT_BEATS = 3;

/** The longest delay of a timer. */
const LONGEST = 2 ** 31 - 1;

/** Notices a connection that has gone silent. */
export class Silence {
  readonly #onSilent: (limitMs: number) => void;
  #limitMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Waits for the first sign of life. `onSilent` is called once when there is none for `limitMs`. */
  constructor(limitMs: number, onSilent: (limitMs: number) => void) {
    this.#limitMs = limitMs;
    this.#onSilent = onSilent;
    this.heard();
  }

  /** Notes a sign of life. */
  heard(): void {
    clearTimeout(this.#timer);
    const limit = this.#limitMs;
    this.#timer = background(setTimeout(() => this.#onSilent(limit), limit));
  }

  /** Notes how often the server shows that it is alive, in milliseconds. A time that is none is passed over. */
  expect(heartbeatMs: unknown): void {
    if (typeof heartbeatMs !== 'number' || !(heartbeatMs >= 1)) return;
    this.#limitMs = Math.min(SILENT_BEATS * heartbeatMs, LONGEST);
    this.heard();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
