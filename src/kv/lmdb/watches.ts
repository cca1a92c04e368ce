import { TargetMap } from '../backend/target-map.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { keptChanges } from './write-access.ts';
import type { DriverStep, DriverTarget } from '../backend/driver.ts';
import type { ReadAccess } from './read-access.ts';

/** Reads the newest committed state, as `SharedDatabase.read` does. */
type Read = <T>(action: (access: ReadAccess) => T) => T;

/**
 * All watches of a database. One look at the kept changes serves all of them: a look costs O(changes) and nothing for a
 * watch of other keys.
 */
export class Watches {
  readonly #read: Read;
  readonly #watches = new TargetMap<Watch>();
  readonly #polls = new Map<number, { users: number; readonly timer: NodeJS.Timeout }>();
  readonly #onPoll: () => void;
  /** The number of the last write that the watches were told about. */
  #told = 0n;

  /** `onPoll` runs before each look for writes of other processes. */
  constructor(read: Read, onPoll: () => void) {
    this.#read = read;
    this.#onPoll = onPoll;
  }

  /** Adds a watch, and looks for writes of other processes every `pollMs` until it is removed. */
  add(target: DriverTarget, pollMs: number): Watch {
    if (this.#watches.isEmpty) this.#told = this.#read((access) => access.counter());
    const watch = new Watch(target);
    this.#watches.add(target, watch);
    const poll = this.#polls.get(pollMs);
    if (poll !== undefined) poll.users++;
    else this.#polls.set(pollMs, { users: 1, timer: setInterval(() => this.#poll(), pollMs) });
    return watch;
  }

  remove(watch: Watch, pollMs: number): void {
    this.#watches.delete(watch.target, watch);
    const poll = this.#polls.get(pollMs);
    if (poll === undefined || --poll.users > 0) return;
    clearInterval(poll.timer);
    this.#polls.delete(pollMs);
  }

  /**
   * Tells the watches what has been written since the last look. Never throws: the reads of the watches get the error.
   */
  look(): void {
    if (this.#watches.isEmpty) return;
    try {
      const keys = this.#read((access) => {
        const counter = access.counter();
        if (counter === this.#told) return [];
        const changed = access.changedSince(this.#told);
        this.#told = counter;
        return changed;
      });
      if (keys === undefined) this.wakeAll();
      else for (const key of keys) this.#watches.forEachOf(key, (watch) => watch.note(key));
    } catch {
      this.wakeAll();
    }
  }

  /** Makes every watch read its whole state. */
  wakeAll(): void {
    this.#watches.forEach((watch) => watch.noteAll());
  }

  #poll(): void {
    this.#onPoll();
    this.look();
  }
}

/** The changes that one watch has not read yet. */
export class Watch {
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
    if (this.#changed.size > keptChanges) this.#changed = undefined;
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
