import type { TermMark } from '../generated/log.ts';

/** The parts of an entry that its fate depends on. */
interface Marked {
  readonly begins?: TermMark | undefined;
  readonly terms: readonly TermMark[];
}

/**
 * The newest term of each election. The table belongs to the replicated state: only an entry that begins a term changes
 * the table, and every snapshot holds it. So every reader of the log skips the same entries.
 */
export class Terms {
  readonly #newest = new Map<string, number>();

  constructor(marks: Iterable<TermMark> = []) {
    for (const { election, token } of marks) this.#newest.set(election, token);
  }

  get size(): number {
    return this.#newest.size;
  }

  /** The token of the newest term; undefined before the first one. */
  newest(election: string): number | undefined {
    return this.#newest.get(election);
  }

  /** True when a later term of the election has begun. */
  isPast({ election, token }: TermMark): boolean {
    const newest = this.#newest.get(election);
    return newest !== undefined && token < newest;
  }

  /** True for an entry that has no effect: it claims a term that is over, or begins one that is not newer. */
  skips({ begins, terms }: Marked): boolean {
    if (begins !== undefined && begins.token <= (this.#newest.get(begins.election) ?? -1)) return true;
    return terms.some((term) => this.isPast(term));
  }

  begin({ election, token }: TermMark): void {
    this.#newest.set(election, token);
  }

  /** The newest terms in the order in which their elections began, the same on every member. */
  *marks(): Iterable<TermMark> {
    for (const [election, token] of this.#newest) yield { election, token };
  }
}

/** True for entries that only a release with terms may apply. */
export function hasTerms({ begins, terms }: Marked): boolean {
  return begins !== undefined || terms.length > 0;
}
