import { WakeUp } from '../backend/wake-up.ts';
import type { DriverStep, DriverTarget } from '../backend/driver.ts';
import type { Listener } from './watches.ts';
import type { ReadAccess } from './access/read-access.ts';

/** A watch with more unread keys than this reads the state again. */
const mostUnread = 1000;

/** The changes that one watch has not read yet. */
export class Watch implements Listener {
  readonly target: DriverTarget;
  readonly #wakeUp = new WakeUp();
  /** In the order of their last change. Undefined when the whole state is to be read. */
  #changed: Set<string> | undefined;

  constructor(target: DriverTarget) {
    this.target = target;
  }

  /** True when there is something to read. */
  get hasNews(): boolean {
    return this.#changed === undefined || this.#changed.size > 0;
  }

  /** Resolves at the next change of the target, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return this.#wakeUp.wait(signal);
  }

  note(key: string): void {
    if (this.#changed === undefined) return;
    this.#changed.delete(key);
    this.#changed.add(key);
    if (this.#changed.size > mostUnread) this.#changed = undefined;
    this.#wakeUp.notify();
  }

  noteAll(): void {
    this.#changed = undefined;
    this.#wakeUp.notify();
  }

  /** The step that tells the news; a key that changed several times gives one change. */
  step(access: ReadAccess): DriverStep {
    const changed = this.#changed;
    const { target } = this;
    let step: DriverStep;
    if (changed !== undefined) step = { changes: [...changed].map((key) => ({ key, pair: access.pair(key) })) };
    else if (target.key === undefined) step = { state: access.pairs(target.prefix) };
    else {
      const pair = access.pair(target.key);
      step = { state: pair === undefined ? [] : [pair] };
    }
    // Only now: a read that throws leaves the news unread.
    this.#changed = new Set();
    return step;
  }
}
