import { hasColors } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** How far long work is. */
export interface Step {
  readonly done: number;
  /** The number at the end, where it is known. */
  readonly total?: number | undefined;
}

/** Milliseconds before the first line, and between two of them. */
const FIRST = 500;
const BETWEEN = 200;

/**
 * A line about long work on standard error, with its rate and the remaining time. Only a terminal gets it, and only
 * when the work takes longer than half a second.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #unit: string;
  readonly #started: number;
  #next: number;
  #shown = false;

  /**
   * `what` is said first: "reading lmdb:./data". `unit` is the plural of the things that are counted; `B` for bytes.
   */
  constructor(terminal: Terminal, what: string, unit: string) {
    this.#terminal = terminal;
    this.#what = what;
    this.#unit = unit;
    this.#started = terminal.now();
    this.#next = this.#started + FIRST;
  }

  /** To be called often; cheap while there is nothing to say. */
  step({ done, total }: Step): void {
    const { stderr, now } = this.#terminal;
    if (stderr.isTTY !== true) return;
    const time = now();
    if (time < this.#next) return;
    this.#next = time + BETWEEN;
    const seconds = (time - this.#started) / 1000;
    const rate = done / seconds;
    const known = total !== undefined && total > 0 && done > 0;
    const share = known ? `${Math.floor((100 * done) / total)} % of ${this.#count(total)}` : this.#count(done);
    const parts = [`${this.#what}: ${share}`, `${this.#count(rate)}/s`];
    if (known) parts.push(`${Math.ceil((total - done) / rate)} s left`);
    const text = parts.join(', ').slice(0, Math.max(20, (stderr.columns ?? 80) - 1));
    stderr.write(`\r\u001b[K${hasColors(this.#terminal, stderr) ? `\u001b[2m${text}\u001b[22m` : text}`);
    this.#shown = true;
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#terminal.stderr.write('\r\u001b[K');
    this.#shown = false;
  }

  #count(value: number): string {
    if (this.#unit !== 'B') return `${Math.round(value).toLocaleString('en-US')} ${this.#unit}`;
    return `${(value / 2 ** 20).toFixed(1)} MiB`;
  }
}
