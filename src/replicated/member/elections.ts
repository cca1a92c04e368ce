import { onAbort } from '../../base/async/on-abort.ts';
import { quote } from '../../base/text/describe.ts';
import { utf8Length } from '../../base/host/bytes.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { KvLockOptions, KvOptions } from '../../kv/api/calls.ts';
import { election } from '../../kv/lock/election.ts';
import type { KvElection, KvLeader, KvTerm } from '../../kv/lock/election.ts';
import type { LogAccess } from '../access/log-access.ts';
import type { TermMark } from '../generated/log.ts';
import type { Terms } from '../log/terms.ts';
import type { TermClaim } from './claims.ts';

/** The time in which a candidate leads. Give it to the writes that only the leader may make. */
export interface StoreTerm extends KvTerm, TermClaim {
  /**
   * Aborts when the term is over: a later term has begun, the lease was lost, or the store was closed. Writes of the
   * term are safe without a look at this signal.
   */
  readonly lost: AbortSignal;
}

/** One candidate of an election on a replicated store. */
export interface StoreElection {
  /** The term of this candidate while it leads, else undefined. A write with an undefined `term` is refused. */
  readonly term: StoreTerm | undefined;
  /**
   * Waits until this candidate leads, and begins its term with an entry in the log. Candidates lead in the order of
   * their campaigns. Rejects with `ERR_READ_ONLY`, `ERR_STORE_CLOSED`, the signal's reason, the errors of a write, and
   * `ERR_KV_CANNOT_LOCK` when this candidate leads or campaigns already.
   */
  campaign(options?: KvOptions): Promise<StoreTerm>;
  /**
   * Lets the next candidate lead. Writes of the term that are under way may still happen, before the next term begins.
   * `ERR_KV_CANNOT_LOCK` when this candidate does not lead.
   */
  resign(options?: KvOptions): Promise<void>;
  /** Tells the holder of the lease, and the next one after each change; undefined while there is none. */
  observe(options?: KvOptions): AsyncIterable<KvLeader | undefined>;
}

/** The parts of a member that its elections work with. */
export interface ElectionParts {
  readonly access: LogAccess;
  readonly readOnly: boolean;
  /** Aborts when the store begins to close. */
  readonly closing: AbortSignal;
  /** The newest terms that this member has applied. */
  readonly terms: () => Terms;
  /** Writes the entry that begins a term. False: a later term has begun. */
  readonly begin: (term: TermMark, signal: AbortSignal) => Promise<boolean>;
}

/** The longest name of an election, in bytes. */
const NAME_BYTES = 128;

/** The elections of one member, and the terms that it leads. */
export class Elections {
  readonly #parts: ElectionParts;
  readonly #candidates = new Set<Candidate>();

  constructor(parts: ElectionParts) {
    this.#parts = parts;
  }

  /** A candidate of the election `name`. Throws `ERR_INVALID_OBJECT` for a name that is none. */
  candidate(name: string, options: KvLockOptions): StoreElection {
    if (typeof name !== 'string' || !/^[^/\0]+$/.test(name) || utf8Length(name) > NAME_BYTES) {
      throw new StoreError(
        'ERR_INVALID_OBJECT',
        `the name of an election is a text of 1 to ${NAME_BYTES} bytes without a slash, not ${quote(name)}`,
        { messageType: 'Election', path: ['name'] },
      );
    }
    const { access } = this.#parts;
    const candidate = new Candidate(
      name,
      election(access.kv, `${access.keys.elections}/${name}`, options),
      this.#parts,
    );
    this.#candidates.add(candidate);
    return candidate;
  }

  /** Entries or a snapshot were applied: a later term may have begun. */
  look(): void {
    for (const candidate of this.#candidates) candidate.look();
  }

  /** Gives up the leases, so that others lead at once. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#candidates, (candidate) => candidate.close()));
  }
}

interface Leading {
  readonly mark: TermMark;
  readonly term: StoreTerm;
  end(reason: unknown): void;
}

class Candidate implements StoreElection {
  readonly #name: string;
  readonly #lease: KvElection;
  readonly #parts: ElectionParts;
  #leading: Leading | undefined;
  #holdsLease = false;

  constructor(name: string, lease: KvElection, parts: ElectionParts) {
    this.#name = name;
    this.#lease = lease;
    this.#parts = parts;
  }

  get term(): StoreTerm | undefined {
    const term = this.#leading?.term;
    return term?.lost.aborted === false ? term : undefined;
  }

  async campaign(options: KvOptions = {}): Promise<StoreTerm> {
    const { readOnly, closing, begin } = this.#parts;
    if (readOnly) throw new StoreError('ERR_READ_ONLY', 'a store that was opened with readOnly cannot lead', {});
    // The lease of a term that is over is given up before another one is asked for.
    if (this.#leading !== undefined && this.term === undefined) await this.#leave();
    for (;;) {
      const held = await this.#lease.campaign({ ...options, signal: eitherOf(closing, options.signal) });
      this.#holdsLease = true;
      try {
        const mark = { election: this.#name, token: tokenOf(held.token) };
        // A candidate whose lease was lost meanwhile, or that was overtaken, asks for another one.
        if (await begin(mark, eitherOf(held.lost, eitherOf(closing, options.signal)))) return this.#lead(mark, held);
      } catch (error) {
        if (!held.lost.aborted || closing.aborted || options.signal?.aborted === true) {
          await this.#leave();
          throw error;
        }
      }
      await this.#leave();
    }
  }

  async resign(options: KvOptions = {}): Promise<void> {
    this.#leading = undefined;
    this.#holdsLease = false;
    await this.#lease.resign(options);
  }

  observe(options: KvOptions = {}): AsyncIterable<KvLeader | undefined> {
    return this.#lease.observe({ ...options, signal: eitherOf(this.#parts.closing, options.signal) });
  }

  look(): void {
    if (this.#leading === undefined || !this.#parts.terms().isPast(this.#leading.mark)) return;
    const { token } = this.#leading.mark;
    const newest = this.#parts.terms().newest(this.#name);
    this.#leading.end(
      new StoreError('ERR_TERM_ENDED', `the term ${token} of the election ${this.#name} has ended`, {
        election: this.#name,
        token: BigInt(token),
        newest: newest === undefined ? undefined : BigInt(newest),
      }),
    );
  }

  async close(): Promise<void> {
    this.#leading?.end(this.#parts.closing.reason);
    if (this.#holdsLease) await this.#leave();
  }

  #lead(mark: TermMark, held: KvTerm): StoreTerm {
    const controller = new AbortController();
    const forget = onAbort(held.lost, () => controller.abort(held.lost.reason));
    const { token, condition } = held;
    const term = { election: this.#name, token, condition, lost: controller.signal };
    this.#leading = {
      mark,
      term,
      end: (reason) => {
        forget();
        controller.abort(reason);
      },
    };
    if (held.lost.aborted) controller.abort(held.lost.reason);
    this.look();
    return term;
  }

  /** Gives up the lease; one that cannot be given up expires. */
  async #leave(): Promise<void> {
    this.#leading = undefined;
    this.#holdsLease = false;
    await this.#parts.access.timed(undefined, (signal) => this.#lease.resign({ signal })).catch(() => undefined);
  }
}

function eitherOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}

/** The token as the log holds it. The numbers of every engine fit. */
function tokenOf(token: bigint): number {
  const number = Number(token);
  if (Number.isSafeInteger(number)) return number;
  throw new StoreError('ERR_INVALID_OBJECT', `the key/value store gave a token that is too large: ${token}`, {
    messageType: 'TermMark',
    path: ['token'],
  });
}
