import { WakeUp } from '../backend/wake-up.ts';
import type { DriverChanges, DriverTarget } from '../backend/driver.ts';
import type { Listener } from './watches.ts';
import type { ReadAccess } from './access/read-access.ts';

/** A stream of all changes below a prefix, after a revision. */
export class Feed implements Listener {
  readonly target: DriverTarget;
  readonly #prefix: string;
  readonly #wakeUp = new WakeUp();
  /** All changes up to here were read, or concern other keys. */
  #position: bigint;
  #hasNews = false;

  constructor(prefix: string, from: bigint) {
    this.target = { prefix };
    this.#prefix = prefix;
    this.#position = from;
  }

  get position(): bigint {
    return this.#position;
  }

  /** True when there may be something to read. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Resolves at the next change, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return this.#wakeUp.wait(signal);
  }

  /** To be called when the stream is told of changes. `number` is that of the last write. */
  begin(number: bigint): void {
    this.#hasNews = this.#position < number;
  }

  note(_: string, before: bigint): void {
    // A stream without news is not behind: it is overtaken by changes of its own keys only.
    if (!this.#hasNews && before > this.#position) this.#position = before;
    this.noteAll();
  }

  noteAll(): void {
    this.#hasNews = true;
    this.#wakeUp.notify();
  }

  /** The next changes, possibly none. Undefined when they are not kept. */
  step(access: ReadAccess): DriverChanges | undefined {
    const step = access.changesAfter(this.#position, this.#prefix);
    if (step === undefined) return undefined;
    this.#position = step.revision;
    this.#hasNews = !step.isLast;
    return step;
  }
}
