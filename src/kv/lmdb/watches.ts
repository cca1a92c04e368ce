import { FileNotice } from './file/notice.ts';
import { TargetMap } from '../backend/target-map.ts';
import type { DriverTarget } from '../backend/driver.ts';
import type { ReadAccess } from './access/read-access.ts';

/** Reads the newest committed state, as `SharedDatabase.read` does. */
type Read = <T>(action: (access: ReadAccess) => T) => T;

/** A watch, or a stream of changes, of one target. */
export interface Listener {
  readonly target: DriverTarget;
  /** A key of the target has changed, in a write after the write `before`. */
  note(key: string, before: bigint): void;
  /** Something may have changed, nobody knows what. */
  noteAll(): void;
}

/**
 * All watches of a database. One look at the kept changes serves all of them: a look costs O(changes) and nothing for a
 * watch of other keys.
 */
export class Watches {
  readonly #read: Read;
  readonly #watches = new TargetMap<Listener>();
  readonly #polls = new Map<number, { users: number; readonly timer: NodeJS.Timeout }>();
  readonly #onPoll: () => void;
  readonly #file: () => string;
  readonly #notice: FileNotice = new FileNotice(() => this.look());
  /** The number of the last write that the watches were told about. */
  #told = 0n;

  /** `file` is the one that every write changes. `onPoll` runs before each look for writes of other processes. */
  constructor(read: Read, file: () => string, onPoll: () => void) {
    this.#read = read;
    this.#file = file;
    this.#onPoll = onPoll;
  }

  /**
   * Adds a watch. Until it is removed, the writes of other processes are looked for when the file changes, and every
   * `pollMs`.
   */
  add(listener: Listener, pollMs: number): void {
    if (this.#watches.isEmpty) {
      // First the notices: a write after this read must give one.
      this.#notice.start(this.#file());
      this.#told = this.#read((access) => access.counter());
    }
    this.#watches.add(listener.target, listener);
    const poll = this.#polls.get(pollMs);
    if (poll !== undefined) poll.users++;
    else this.#polls.set(pollMs, { users: 1, timer: setInterval(() => this.#poll(), pollMs) });
  }

  remove(listener: Listener, pollMs: number): void {
    this.#watches.delete(listener.target, listener);
    if (this.#watches.isEmpty) this.#notice.stop();
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
    const before = this.#told;
    try {
      const keys = this.#read((access) => {
        const number = access.counter();
        if (number === before) return [];
        const changed = access.changedSince(before);
        this.#told = number;
        return changed;
      });
      if (keys === undefined) this.wakeAll();
      else for (const key of keys) this.#watches.forEachOf(key, (watch) => watch.note(key, before));
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
