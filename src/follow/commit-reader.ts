import { nextTurn, turnIsDue } from '../base/scheduling/turns.ts';
import type { FollowedCommit } from './followed-commit.ts';
import { NetChanges } from './followed-commit.ts';

type Result = IteratorResult<FollowedCommit, undefined>;

/**
 * The stream of a follower's commits for one reader. When more than `limit` changes wait to be read, they are replaced
 * by their net difference. A slow reader therefore holds one entry for each changed object at most, and still ends in
 * the follower's state.
 */
export class CommitReader implements AsyncIterableIterator<FollowedCommit, undefined, undefined> {
  readonly #limit: number;
  readonly #onEnd: (reader: CommitReader) => void;
  #waiting: FollowedCommit[] = [];
  #changes = 0;
  #folded: NetChanges | undefined;
  readonly #reads: ((result: Result) => void)[] = [];
  #ended = false;

  constructor(limit: number, onEnd: (reader: CommitReader) => void) {
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  push(commit: FollowedCommit): void {
    const read = this.#reads.shift();
    if (read !== undefined) {
      read({ done: false, value: commit });
      return;
    }
    this.#changes += commit.events.length;
    if (this.#folded === undefined && (this.#waiting.length === 0 || this.#changes <= this.#limit)) {
      this.#waiting.push(commit);
      return;
    }
    if (this.#folded === undefined) {
      this.#folded = new NetChanges();
      for (const earlier of this.#waiting.splice(0)) this.#folded.add(earlier);
    }
    this.#folded.add(commit);
  }

  /** Ends the stream after the commits that wait to be read. */
  end(): void {
    this.#ended = true;
    for (const read of this.#reads.splice(0)) read({ done: true, value: undefined });
  }

  /** Gives the event loop its turn, where that is due. The commit is taken before, so that `return` cannot drop it. */
  next(): Promise<Result> {
    const result = this.#next();
    return turnIsDue() ? nextTurn().then(() => result) : result;
  }

  #next(): Promise<Result> {
    const commit = this.#take();
    if (commit !== undefined) return Promise.resolve({ done: false, value: commit });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#reads.push(resolve);
    });
  }

  return(): Promise<Result> {
    this.#onEnd(this);
    this.#waiting = [];
    this.#folded = undefined;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): FollowedCommit | undefined {
    if (this.#folded !== undefined) {
      const commit = this.#folded.commit();
      this.#folded = undefined;
      this.#changes = 0;
      return commit;
    }
    const commit = this.#waiting.shift();
    this.#changes -= commit?.events.length ?? 0;
    return commit;
  }
}
