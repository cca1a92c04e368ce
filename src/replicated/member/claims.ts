import { describe } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { TermMark } from '../generated/log.ts';
import type { Terms } from '../log/terms.ts';

/** A term that a write claims: the write happens only while no later term of the election has begun. */
export interface TermClaim {
  readonly election: string;
  readonly token: bigint;
}

/**
 * The terms that the callbacks of the next proposal claim. The write lock is held from a callback to its proposal.
 * So the claims of a proposal are those since the proposal before.
 */
export class Claims {
  readonly #terms: () => Terms;
  readonly #claimed = new Map<string, number>();

  /** `terms`: the newest terms in the state on which callbacks run. */
  constructor(terms: () => Terms) {
    this.#terms = terms;
  }

  /** Notes the claim of a callback that begins. Throws `ERR_TERM_ENDED` where its state is of a later term. */
  claim(term: TermMark): void {
    const { election, token } = term;
    const terms = this.#terms();
    if (terms.isPast(term)) throw termEnded(election, token, terms.newest(election));
    this.#claimed.set(election, Math.min(token, this.#claimed.get(election) ?? token));
  }

  /** True where a later term has begun since these terms were claimed. */
  areOver(claimed: readonly TermMark[]): boolean {
    return claimed.some((term) => this.#terms().isPast(term));
  }

  /** The claims since the last call. */
  take(): readonly TermMark[] {
    if (this.#claimed.size === 0) return NONE;
    const claimed = Array.from(this.#claimed, ([election, token]) => ({ election, token }));
    this.#claimed.clear();
    return claimed;
  }
}

const NONE: readonly TermMark[] = [];

/** The claim in the options of a write. Throws `ERR_TERM_ENDED` for none, and `ERR_INVALID_OBJECT`. */
export function claimOf(term: unknown): TermMark {
  if (term === undefined) {
    throw new StoreError(
      'ERR_TERM_ENDED',
      'the write was given no term, as of a candidate that does not lead; ' +
        'campaign first, or write without the option term',
      { election: undefined, token: undefined, newest: undefined },
    );
  }
  const { election, token } = (typeof term === 'object' && term !== null ? term : {}) as Partial<TermClaim>;
  if (typeof election === 'string' && typeof token === 'bigint') {
    const number = Number(token);
    if (Number.isSafeInteger(number) && number >= 0) return { election, token: number };
  }
  throw new StoreError(
    'ERR_INVALID_OBJECT',
    `the options of a write: term is a term of an election of the store, not ${describe(term)}`,
    { messageType: 'ReplicatedWriteOptions', path: ['term'] },
  );
}

function termEnded(election: string, token: number, newest: number | undefined): StoreError<'ERR_TERM_ENDED'> {
  return new StoreError(
    'ERR_TERM_ENDED',
    `the term ${token} of the election ${election} has ended, because the term ${String(newest)} has begun; ` +
      'nothing was written. Stop what only the leader does, and campaign again',
    { election, token: BigInt(token), newest: newest === undefined ? undefined : BigInt(newest) },
  );
}
