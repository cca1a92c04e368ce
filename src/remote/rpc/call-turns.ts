import { Fifo } from '../../base/fifo.ts';
import { afterTurn } from '../../base/scheduling/after-turn.ts';

/** The most calls that begin in one turn of the event loop. */
export const CALLS_PER_TURN = 32;

/**
 * Begins only so many calls in a turn of the event loop. The calls of a storm come in bursts of thousands, and all of
 * them in one turn would keep running streams waiting. Refusing a call costs nearly as much as beginning one, so a
 * limit on calls would not help. Calls that wait begin in rotation, one of each peer.
 */
export class CallTurns {
  readonly #waiting = new Map<string, Fifo<() => void>>();
  #begun = 0;

  /** Calls `begin` at once, or in one of the next turns. */
  enter(holder: string, begin: () => void): void {
    if (this.#waiting.size === 0 && this.#begun < CALLS_PER_TURN) {
      this.#begin(begin);
      return;
    }
    let queue = this.#waiting.get(holder);
    if (queue === undefined) {
      queue = new Fifo();
      this.#waiting.set(holder, queue);
    }
    queue.push(begin);
  }

  #begin(begin: () => void): void {
    if (this.#begun === 0) afterTurn(() => this.#nextTurn());
    this.#begun += 1;
    begin();
  }

  #nextTurn(): void {
    this.#begun = 0;
    for (const [holder, queue] of this.#waiting) {
      if (this.#begun === CALLS_PER_TURN) return;
      const begin = queue.shift();
      // The holder comes behind the others.
      this.#waiting.delete(holder);
      if (queue.length > 0) this.#waiting.set(holder, queue);
      if (begin !== undefined) this.#begin(begin);
    }
  }
}
