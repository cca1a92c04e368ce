import { StoreError } from '../../errors/store-error.ts';
import type { Replica } from '../../model/proposer.ts';
import type { Env } from '../access/env.ts';

/** The fate of writers while the engine cannot be reached. */
export interface AwayOptions {
  /** `queue`: they wait, for at most `deadlineMs`. `refuse`: they are refused as soon as the store is stale. */
  readonly writes: 'queue' | 'refuse';
  readonly deadlineMs: number;
}

/** The calls that fail: an engine may answer reads and no writes. */
export type CallKind = 'read' | 'write';

/** The engine counts as away once calls have failed for so long, in milliseconds. */
const STALE_MS = 1000;

/**
 * Whether the engine of a log can be reached: from the failures of its calls, whatever they were for. Tells the store,
 * and refuses writers that have waited long enough.
 */
export class Availability {
  readonly #env: Env;
  readonly #options: AwayOptions;
  readonly #replica: () => Replica;
  readonly #writing: () => boolean;
  readonly #failing = new Set<CallKind>();
  #failingSince: number | undefined;
  #failure: unknown;
  #stale = false;
  #refusing = false;
  #cancel: (() => void) | undefined;
  #closed = false;

  /** `writing`: whether a proposal is under way. */
  constructor(env: Env, options: AwayOptions, replica: () => Replica, writing: () => boolean) {
    this.#env = env;
    this.#options = options;
    this.#replica = replica;
    this.#writing = writing;
  }

  /** True when calls have failed for a second, and none has succeeded since. */
  get stale(): boolean {
    return this.#stale;
  }

  /** True while writes of which nothing was sent are refused. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** A call was answered. Without a proposal under way, an answered read stands for writes too. */
  succeeded(kind: CallKind): void {
    if (this.#failingSince === undefined) return;
    this.#failing.delete(kind);
    if (!this.#writing()) this.#failing.delete('write');
    if (this.#failing.size > 0) return;
    this.#failingSince = undefined;
    this.#failure = undefined;
    this.#refusing = false;
    this.#cancel?.();
    this.#cancel = undefined;
    if (!this.#stale) return;
    this.#stale = false;
    this.#replica().live();
  }

  /** A call was not answered, or the engine was not reached. */
  failed(kind: CallKind, error: unknown): void {
    this.#failure = error;
    if (this.#closed) return;
    this.#failing.add(kind);
    if (this.#failingSince === undefined) {
      this.#failingSince = this.#env.clock.now();
      this.#arm(STALE_MS, () => this.#goStale());
    } else if (this.#refusing) {
      this.#replica().refuseWaiting(this.error());
    }
  }

  /** The error of a write of which nothing was sent. */
  error(): StoreError<'ERR_UNAVAILABLE'> {
    return new StoreError(
      'ERR_UNAVAILABLE',
      'the key/value store of the log cannot be reached; nothing was written. Try again later',
      {},
      { cause: this.#failure },
    );
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #goStale(): void {
    this.#stale = true;
    this.#replica().stale(this.#failure);
    if (this.#options.writes === 'refuse') this.#refuse();
    else this.#arm(Math.max(0, this.#options.deadlineMs - STALE_MS), () => this.#refuse());
  }

  #refuse(): void {
    this.#refusing = true;
    this.#replica().refuseWaiting(this.error());
  }

  #arm(milliseconds: number, then: () => void): void {
    if (!Number.isFinite(milliseconds)) return;
    this.#cancel = this.#env.idle.callAt(this.#env.idle.now() + milliseconds, () => {
      this.#cancel = undefined;
      if (!this.#closed && this.#failingSince !== undefined) then();
    });
  }
}
