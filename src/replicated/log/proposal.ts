import { sameEntry } from './entry.ts';
import type { EntryId } from './entry.ts';
import type { Fate } from './incarnations.ts';

/** The answer to one attempt to create the entry of a slot. */
export type Answer =
  /** The entry was created by this attempt. */
  | { readonly kind: 'created' }
  /** The slot holds an entry. Only its id says whose. */
  | { readonly kind: 'occupied'; readonly by: EntryId }
  /** The slot lies below the floor. */
  | { readonly kind: 'trimmed' }
  /** The guard of the log has changed: the floor rose, or the log was replaced. Nothing was written. */
  | { readonly kind: 'guarded' }
  /** The attempt may have happened, or may still happen. */
  | { readonly kind: 'unknown'; readonly error: unknown }
  /** The attempt did not happen and never will. */
  | { readonly kind: 'refused'; readonly error: unknown; readonly passing: boolean };

/** The next thing to do for a proposal. */
export type Step =
  /** Create the entry of the slot: the proposal's own one, or a no-op that takes its place. */
  | { readonly kind: 'send'; readonly what: 'entry' | 'no-op'; readonly pause: boolean }
  /** Read the guard, then go on with `send`. */
  | { readonly kind: 'read guard' }
  /** Load the newest snapshot, and tell the proposal its fate by the table inside. */
  | { readonly kind: 'load snapshot' }
  | { readonly kind: 'committed' }
  /** Another entry has the slot: the transaction is built again on newer state. */
  | { readonly kind: 'conflict' }
  /** Nothing was written, and never will be. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Nobody can say any more whether the entry was or will be written. */
  | { readonly kind: 'outcome unknown' };

/**
 * One entry on its way into one slot: which answer settles it, and what follows from the others. Nothing here waits or
 * reads a clock.
 *
 * - An empty slot settles nothing, because a create that got no answer may still arrive. The same create is sent again
 *   until something occupies the slot (trap 1).
 * - The id of the entry in a slot settles the proposal. A hidden retry of the client may have met the entry of the
 *   first attempt (trap 2, trap 3).
 * - A slot below the floor is settled by the table of the writers in the snapshot (trap 5).
 * - A caller that gives up gets a definite answer from a no-op: once the no-op has the slot, no late create can win.
 */
export class Proposal {
  readonly id: EntryId;
  readonly slot: number;
  /** True when an attempt to create the entry may have happened, or may still happen. */
  #mayLand = false;
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(id: EntryId, slot: number) {
    this.id = id;
    this.slot = slot;
  }

  /** True while nothing of the entry can be in the log. */
  get unsent(): boolean {
    return !this.#mayLand;
  }

  get cancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  /** The first step. */
  start(): Step {
    return this.#send(false);
  }

  /** The step that follows from an answer to an attempt with the entry or with the no-op. */
  answered(what: 'entry' | 'no-op', answer: Answer): Step {
    switch (answer.kind) {
      case 'created':
        return what === 'entry' ? { kind: 'committed' } : this.#lost();
      case 'occupied':
        return this.occupied(answer.by);
      case 'trimmed':
        return { kind: 'load snapshot' };
      case 'guarded':
        return { kind: 'read guard' };
      case 'unknown':
        if (what === 'entry') this.#mayLand = true;
        return this.#send(true);
      case 'refused':
        if (!this.#mayLand && !answer.passing) return { kind: 'failed', error: answer.error };
        return this.#send(true);
    }
  }

  /** The slot was found occupied, in whatever way. */
  occupied(by: EntryId): Step {
    return sameEntry(by, this.id) ? { kind: 'committed' } : this.#lost();
  }

  /** The next attempt, without a pause: the guard was read, or the proposal was cancelled. */
  again(): Step {
    return this.#send(false);
  }

  /** An attempt ends without an answer. */
  abandoned(): void {
    this.#mayLand = true;
  }

  /** The entry is in its slot and has no effect, and never will have. */
  skipped(): Step {
    return this.#lost();
  }

  /** A snapshot behind the slot was found, whose table says this. */
  fate(fate: Fate): Step {
    switch (fate) {
      case 'committed':
        return { kind: 'committed' };
      case 'lost':
        return this.#lost();
      case 'unknown':
        return { kind: 'outcome unknown' };
    }
  }

  /** Nobody waits for the outcome any more: from the next attempt on, a no-op is offered in place of the entry. */
  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
  }

  /** The time for a definite answer is over. */
  expire(unavailable: unknown): Step {
    return this.#mayLand ? { kind: 'outcome unknown' } : { kind: 'failed', error: unavailable };
  }

  #send(pause: boolean): Step {
    if (this.#cancelled === undefined) return { kind: 'send', what: 'entry', pause };
    if (!this.#mayLand) return { kind: 'failed', error: this.#cancelled.reason };
    return { kind: 'send', what: 'no-op', pause };
  }

  #lost(): Step {
    return this.#cancelled === undefined ? { kind: 'conflict' } : { kind: 'failed', error: this.#cancelled.reason };
  }
}
