import { KvError } from '../../errors/kv-error.ts';
import { InvalidAnswer } from './connection/failure.ts';
import { isInRange } from './keyspace.ts';
import type { StoredChange, WatchAnswer } from './answers.ts';
import type { KeyRange } from './keyspace.ts';

/** Changes of whole revisions: nothing of the revision `latest` is missing. */
export interface WatchedChanges {
  readonly changes: readonly StoredChange[];
  readonly latest: bigint;
}

/**
 * Why a watch ended without an error. `closed`: its reader closed it. `behind`: its reader was too slow; it goes on
 * with a new watch from the next revision. `gone`: the server does not have the changes from its first revision on.
 */
export type WatchEnd = 'closed' | 'behind' | 'gone';

/** The server refused the watch; `reason` is its text, which may be empty. */
export class WatchRefused extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Bytes of messages that wait for the reader of one watch. A watch with more of them is behind. */
const mostBytes = 4 * 1024 * 1024;

/** One of the watches on a stream: the changes of a range from a revision on. */
export class WatchedRange {
  readonly id: bigint;
  readonly start: bigint;
  readonly #range: KeyRange;
  /** Takes the watch off its stream. */
  readonly #leave: () => void;
  readonly #ready: WatchedChanges[] = [];
  #readyBytes = 0;
  /** Changes of the newest revision of a message whose rest is to come. */
  #part: readonly StoredChange[] = [];
  #latest = 0n;
  #isConfirmed = false;
  #compacted = 0n;
  #end: WatchEnd | { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(id: bigint, range: KeyRange, start: bigint, leave: () => void) {
    this.id = id;
    this.start = start;
    this.#range = range;
    this.#leave = leave;
  }

  /** The oldest revision after which the server has all changes, once the watch has ended as `gone`; else 0. */
  get compacted(): bigint {
    return this.#compacted;
  }

  /** Resolves when the server has confirmed the watch; rejects when it refuses the watch, or the stream breaks. */
  async confirmed(): Promise<void> {
    while (!this.#isConfirmed && this.#end === undefined) await this.#change();
    if (typeof this.#end === 'object') throw this.#end.error;
  }

  /** The next changes, or why there are no more. Rejects with what broke the stream. */
  async next(): Promise<WatchedChanges | WatchEnd> {
    for (;;) {
      const changes = this.#ready.shift();
      if (changes !== undefined) {
        if (this.#ready.length === 0) this.#readyBytes = 0;
        return changes;
      }
      if (typeof this.#end === 'object') throw this.#end.error;
      if (this.#end !== undefined) return this.#end;
      await this.#change();
    }
  }

  close(): void {
    this.#ready.length = 0;
    this.fail('closed');
    this.#leave();
  }

  /** Ends the watch behind the changes that it has already. */
  fail(end: WatchEnd | { readonly error: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Takes a message of the server, of so many bytes. Throws for a message that no server sends. */
  take(answer: WatchAnswer, bytes: number): void {
    if (this.#end !== undefined) return;
    if (answer.compactRevision > 0n || (answer.created && answer.revision + 1n < this.start)) {
      this.#compacted = answer.compactRevision;
      this.#finish('gone');
    } else if (answer.canceled) this.#finish({ error: new WatchRefused(answer.reason) });
    else {
      if (answer.created) this.#isConfirmed = true;
      else if (!this.#isConfirmed) throw new InvalidAnswer('changes of a watch that it did not confirm');
      this.#add(answer, bytes);
      this.#wake?.();
    }
  }

  #add({ changes, isPart }: WatchAnswer, bytes: number): void {
    for (const { pair } of changes) {
      if (!isInRange(pair.key, this.#range)) throw new InvalidAnswer('a change of a key that is not watched');
      if (pair.modRevision < this.#latest) throw new InvalidAnswer('changes out of their order');
      this.#latest = pair.modRevision;
    }
    const known = this.#part.concat(changes.filter(({ pair }) => pair.modRevision >= this.start));
    const end = isPart ? known.findIndex(({ pair }) => pair.modRevision === this.#latest) : known.length;
    const whole = known.slice(0, Math.max(0, end));
    this.#part = known.slice(whole.length);
    const latest = whole.at(-1)?.pair.modRevision;
    if (latest === undefined) return;
    if (this.#ready.length > 0 && this.#readyBytes + bytes > mostBytes) {
      this.#finish('behind');
      return;
    }
    this.#ready.push({ changes: whole, latest });
    this.#readyBytes += bytes;
  }

  #finish(end: WatchEnd | { readonly error: unknown }): void {
    this.fail(end);
    this.#leave();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

/** The error of a refused watch. Apart from missing rights the cause may pass, so the watch is tried again. */
export function refusedWatch({ reason }: WatchRefused): KvError {
  return new KvError(
    isAboutRights(reason) ? 'ERR_KV_NOT_PERMITTED' : 'ERR_KV_NOT_REACHABLE',
    `etcd refuses the watch: ${reason || 'no reason is given'}`,
    { backend: 'etcd' },
  );
}

/** True when the user has no right to the keys, or the token has expired: older servers do not tell which. */
export function isAboutRights(reason: string): boolean {
  return /permission|auth/.test(reason);
}
