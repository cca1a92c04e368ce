import { StoreError } from '../errors/store-error.ts';
import type { Commit, CommitEvent, ObjectEvent } from '../store/events.ts';
import { describe } from '../store/find-by.ts';
import type { StoreTables } from '../store/store-table.ts';
import { CommitLog } from './commit-log.ts';
import { Dispatch } from './dispatch.ts';
import type { Subscription } from './dispatch.ts';
import { commitEventOf } from './frame.ts';
import { FrameQueue } from './frame-queue.ts';
import { DEFAULT_WATCH_LIMIT } from './overflow.ts';
import { checkSelectors } from './selector.ts';
import type { Selection, WatchOptions } from './selector.ts';
import { Watcher } from './watcher.ts';

/** A watcher with selectors. */
interface SelectiveWatcher {
  readonly queue: FrameQueue;
  readonly commits: boolean;
  /** The number of the last commit before it: one that is being published when the watcher is added is not for it. */
  readonly since: number;
  /** What it selected of the commit that is being published. */
  selected: ObjectEvent[];
  /** Lets go of it; nothing more comes. Letting go again does nothing. */
  readonly detach: () => void;
}

/** Delivers every commit to every watcher that wants it. */
export class WatchHub {
  readonly #tables: StoreTables;
  readonly #log = new CommitLog();
  readonly #dispatch: Dispatch<SelectiveWatcher>;
  readonly #selective = new Set<SelectiveWatcher>();
  readonly #withCommits = new Set<SelectiveWatcher>();
  #published = 0;
  #size = 0;

  constructor(tables: StoreTables) {
    this.#tables = tables;
    this.#dispatch = new Dispatch(tables);
  }

  /** How many watchers have not ended. */
  get size(): number {
    return this.#size;
  }

  /** A watcher of the commits from here on. Throws `ERR_INVALID_FIND_BY` and `ERR_INVALID_OBJECT` for options that make no sense. */
  watch(options: WatchOptions): Watcher {
    const limit = checkLimit(options.limit);
    const selection = checkSelectors(options.events, this.#tables);
    this.#size += 1;
    return selection === undefined ? this.#watchAll(limit, options.signal) : this.#watchSelection(selection, limit, options.signal);
  }

  /**
   * Appends a commit to every watcher that wants it, in one synchronous step. No watcher can make it fail: one whose check throws ends.
   */
  publish(commit: Commit): void {
    Object.freeze(commit.events);
    Object.freeze(commit);
    const commitEvent = commitEventOf(commit);
    // First of all: a check may start a watcher, which must not get this commit.
    this.#published += 1;
    this.#log.append({ commit, commitEvent });
    if (this.#selective.size > 0) this.#publishSelected(commit, commitEvent);
  }

  /** Ends every watcher, each after what it has not read yet. */
  close(): void {
    this.#log.seal();
    for (const watcher of this.#selective) {
      watcher.queue.seal({});
      watcher.detach();
    }
  }

  #watchAll(limit: number, signal: AbortSignal | undefined): Watcher {
    const cursor = this.#log.cursor(limit);
    return new Watcher(cursor, signal, () => {
      this.#size -= 1;
    });
  }

  #watchSelection(selection: Selection, limit: number, signal: AbortSignal | undefined): Watcher {
    const queue = new FrameQueue(limit);
    const subscriptions: Subscription<SelectiveWatcher>[] = [];
    const detach = (): void => {
      this.#selective.delete(watcher);
      this.#withCommits.delete(watcher);
      for (const subscription of subscriptions) this.#dispatch.delete(subscription);
    };
    const watcher: SelectiveWatcher = { queue, commits: selection.commits, since: this.#published, selected: [], detach };
    if (this.#log.sealed !== undefined) {
      queue.seal({});
    } else {
      this.#selective.add(watcher);
      if (watcher.commits) this.#withCommits.add(watcher);
      for (const selector of selection.objects) subscriptions.push({ watcher, selector, reachedBy: 0 });
      for (const subscription of subscriptions) this.#dispatch.add(subscription);
    }
    return new Watcher(queue, signal, () => {
      this.#size -= 1;
      detach();
    });
  }

  #publishSelected(commit: Commit, commitEvent: CommitEvent): void {
    const reached = new Set<SelectiveWatcher>();
    for (const event of commit.events) {
      this.#dispatch.reach(event, ({ watcher, selector }) => {
        if (watcher.since >= this.#published || watcher.queue.sealed !== undefined || watcher.selected.at(-1) === event) return;
        try {
          if (!this.#dispatch.selects(selector, event)) return;
        } catch (error) {
          // The transaction is not delivered in part.
          watcher.selected = [];
          watcher.queue.seal({ error });
          watcher.detach();
          return;
        }
        watcher.selected.push(event);
        reached.add(watcher);
      });
    }
    for (const watcher of this.#withCommits) if (watcher.since < this.#published) reached.add(watcher);
    for (const watcher of reached) {
      const selected = watcher.selected;
      watcher.selected = [];
      const all = selected.length === commit.events.length;
      watcher.queue.append({
        commit: all ? commit : Object.freeze({ ...commit, events: Object.freeze(selected) }),
        commitEvent: watcher.commits ? commitEvent : undefined,
      });
      // One that overflowed is nobody's burden any more, whether its reader ever comes or not.
      if (watcher.queue.sealed !== undefined) watcher.detach();
    }
  }
}

function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_WATCH_LIMIT;
  if (limit === Infinity || (Number.isInteger(limit) && limit > 0)) return limit;
  throw new StoreError('ERR_INVALID_OBJECT', `the limit of a watch is a number of events, 1 or more, not ${describe(limit)}`, {
    messageType: 'WatchOptions',
    path: ['limit'],
  });
}
