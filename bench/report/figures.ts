import { median } from '../lib/timing.ts';
import type { Results } from '../results.ts';

/** Looks figures up. */
export class FigureSet {
  readonly #results: Results;

  constructor(results: Results) {
    this.#results = results;
  }

  /** The values of all rounds; empty where nothing was measured. */
  values(suite: string, contender: string, size: number, figure: string): readonly number[] {
    return (
      this.#results.samples.find(
        (sample) =>
          sample.suite === suite && sample.contender === contender && sample.size === size && sample.figure === figure,
      )?.values ?? []
    );
  }

  /** The median of all rounds; NaN where nothing was measured. */
  of(suite: string, contender: string, size: number, figure: string): number {
    return median(this.values(suite, contender, size, figure));
  }

  sizes(suite: string, contender: string): readonly number[] {
    const found = this.#results.samples.filter((sample) => sample.suite === suite && sample.contender === contender);
    return [...new Set(found.map(({ size }) => size))].sort((a, b) => a - b);
  }
}

/** A time in the unit that suits it. */
export function timeText(nanoseconds: number): string {
  if (Number.isNaN(nanoseconds)) return '–';
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1000).toPrecision(3)} µs`;
  return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

export function ratioText(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : `${ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2)} ×`;
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
