/** Points of a chart: times in seconds, and one list of values for each line. The newest points are kept. */
export class Series {
  readonly #most: number;
  readonly #times: number[] = [];
  readonly #lines: number[][];

  constructor(lines: number, most: number) {
    this.#most = most;
    this.#lines = Array.from({ length: lines }, () => []);
  }

  add(milliseconds: number, values: readonly number[]): void {
    this.#times.push(milliseconds / 1000);
    this.#lines.forEach((line, index) => line.push(values[index] ?? 0));
    if (this.#times.length <= this.#most) return;
    this.#times.shift();
    for (const line of this.#lines) line.shift();
  }

  /** Copies, in the shape that charts take: the times, then each line. */
  data(): readonly (readonly number[])[] {
    return [[...this.#times], ...this.#lines.map((line) => [...line])];
  }

  /** The newest value of a line; 0 without a point. */
  last(line: number): number {
    return this.#lines[line]?.at(-1) ?? 0;
  }
}

/** Counts things, and gives their number per second since it was asked last. */
export class Rate {
  #count = 0;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  add(count: number): void {
    this.#count += count;
  }

  take(now: number): number {
    const seconds = (now - this.#since) / 1000;
    const rate = seconds <= 0 ? 0 : this.#count / seconds;
    this.#count = 0;
    this.#since = now;
    return rate;
  }
}
