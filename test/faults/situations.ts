/** Counts situations. A campaign in which one never happens proves nothing about it. */
export class Situations {
  readonly #counts = new Map<string, number>();

  /** Counts a situation, when it is one. */
  saw(situation: string, happened = true): void {
    if (happened) this.#counts.set(situation, this.count(situation) + 1);
  }

  count(situation: string): number {
    return this.#counts.get(situation) ?? 0;
  }

  /** Those that were expected and have not happened. */
  missing(expected: readonly string[]): string[] {
    return expected.filter((situation) => this.count(situation) === 0);
  }

  /** Those that happened, rarest first. */
  report(): string {
    return [...this.#counts]
      .sort(([, a], [, b]) => a - b)
      .map(([situation, count]) => `${String(count).padStart(7)}  ${situation}`)
      .join('\n');
  }
}
