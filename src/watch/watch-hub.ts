import { StoreError } from '../errors/store-error.ts';
import { commitEventOf } from '../model/events.ts';
import type { Commit, ObjectEvent } from '../model/events.ts';
import { quote } from '../base/describe.ts';
import type { Version } from '../wire/generated/common.ts';
import { CommitHistory } from './past/commit-history.ts';
import { CommitLog } from './frames/commit-log.ts';
import { Dispatch, Subscription } from './dispatch.ts';
import type { Frame, FrameSource } from './frames/frame.ts';
import { FrameQueue } from './frames/selected-frames.ts';
import { DEFAULT_WATCH_LIMIT } from './frames/overflow.ts';
import { ReplaySource } from './frames/replay-frames.ts';
import type { ReplayParts } from './frames/replay-frames.ts';
import { checkSelectors } from './selector.ts';
import type { Selection, WatchOptions } from './selector.ts';
import { Watcher } from './watcher.ts';

/**
 * A watcher with selectors: the queue of what it selected. One object, because publishing to one of many loads all of
 * it from memory.
 */
class SelectiveWatcher extends FrameQueue {
  readonly commits: boolean;
  /** The number of the last commit before it: one that is being published when the watcher is added is not for it. */
  readonly since: number;
  /** How many events of the commit that is being published it selected, and the place behind the last of them. */
  selected = 0;
  selectedUpTo = 0;
  /**
   * Those events, once there is one that it did not select. Most watchers select all that there is, and nothing is made
   * for them.
   */
  some: ObjectEvent[] | undefined;
  readonly subscriptions: readonly Subscription<SelectiveWatcher>[];

  constructor(limit: number, selection: Selection, since: number) {
    super(limit);
    this.commits = selection.commits;
    this.since = since;
    this.subscriptions = selection.objects.map((selector) => new Subscription<SelectiveWatcher>(this, selector));
  }

  /**
   * Selects an event of the commit that is being published, by its place, which is behind {@link selectedUpTo}. True
   * when it is the first.
   */
  select(events: readonly ObjectEvent[], place: number): boolean {
    if (place > this.selected) (this.some ??= events.slice(0, this.selected)).push(events[place] as ObjectEvent);
    this.selectedUpTo = place + 1;
    return this.selected++ === 0;
  }

  /** Ends the selection from a commit: what was selected, or undefined when that is all of it. */
  takeSelected(events: readonly ObjectEvent[]): readonly ObjectEvent[] | undefined {
    const { selected, some } = this;
    this.selected = this.selectedUpTo = 0;
    if (some !== undefined) this.some = undefined;
    return selected === events.length ? undefined : Object.freeze(some ?? events.slice(0, selected));
  }
}

/** Delivers every commit to every watcher that wants it. */
export class WatchHub {
  readonly #log = new CommitLog();
  readonly #dispatch = new Dispatch<SelectiveWatcher>();
  readonly #selective = new Set<SelectiveWatcher>();
  readonly #withCommits = new Set<SelectiveWatcher>();
  readonly #replays = new Set<ReplaySource>();
  #published = 0;
  #size = 0;

  /** The commits that are kept for watchers that resume. */
  readonly history: CommitHistory | undefined;

  constructor(historySize: number | undefined) {
    this.history = historySize === undefined ? undefined : new CommitHistory(historySize);
  }

  /** Set once no commit follows any more. */
  get closed(): boolean {
    return this.#log.sealed !== undefined;
  }

  /** How many watchers have not ended. */
  get size(): number {
    return this.#size;
  }

  /** The largest number of events that wait for a watcher. O(watchers). */
  get largestLag(): number {
    let largest = this.#log.largestLag;
    for (const { lag } of this.#selective) largest = Math.max(largest, lag);
    return largest;
  }

  get historySize(): number {
    return this.history?.length ?? 0;
  }

  /**
   * A watcher of the commits from here on. Throws `ERR_INVALID_FIND_BY` and `ERR_INVALID_OBJECT` for options that make
   * no sense.
   */
  watch(options: WatchOptions): Watcher {
    const limit = checkLimit(options.limit);
    const selection = checkSelectors(options.events);
    const live = this.#live(selection, limit);
    return this.#watcher(live.source, options.signal, live.detach);
  }

  /** A watcher of the commits after a version, which has been reached. Rejects where they cannot be read. */
  async watchFrom(
    from: Version,
    options: WatchOptions,
    log: Pick<ReplayParts, 'current' | 'between'>,
  ): Promise<Watcher> {
    const limit = checkLimit(options.limit);
    const selection = checkSelectors(options.events);
    let detach = (): void => undefined;
    const source = new ReplaySource(
      {
        ...log,
        frameOf: (commit) => this.#frameOf(commit, selection),
        goLive: () => {
          this.#replays.delete(source);
          const live = this.#live(selection, limit);
          detach = live.detach;
          return live.source;
        },
      },
      from,
    );
    if (this.#log.sealed !== undefined) source.seal({ error: closedError() });
    else this.#replays.add(source);
    const watcher = this.#watcher(source, options.signal, () => {
      this.#replays.delete(source);
      detach();
    });
    try {
      await source.start();
      options.signal?.throwIfAborted();
      return watcher;
    } catch (error) {
      watcher.close();
      throw error;
    }
  }

  /**
   * Appends commits that have become visible together to every watcher that wants them, in one synchronous step. No
   * watcher can make it fail: one whose check throws ends.
   */
  publish(commits: readonly Commit[]): void {
    // First of all: a check may start a watcher, which sees the state after all of them and must get none.
    this.#published += commits.length;
    const frames: Frame[] = [];
    for (const commit of commits) {
      Object.freeze(commit.events);
      const frame: Frame = { commit: Object.freeze(commit), commitEvent: commitEventOf(commit) };
      this.history?.add(commit);
      this.#log.append(frame);
      frames.push(frame);
    }
    if (this.#selective.size > 0) for (const frame of frames) this.#publishSelected(frame);
  }

  /** Ends every watcher, each after what it has not read yet; a replay that has not caught up, with an error. */
  close(): void {
    this.#log.seal();
    for (const replay of this.#replays) replay.seal({ error: closedError() });
    this.#replays.clear();
    for (const watcher of this.#selective) {
      watcher.seal({});
      this.#detach(watcher);
    }
  }

  #watcher(source: FrameSource, signal: AbortSignal | undefined, detach: () => void): Watcher {
    this.#size += 1;
    return new Watcher(source, signal, () => {
      this.#size -= 1;
      detach();
    });
  }

  /** The commits from here on, as far as they are selected. */
  #live(
    selection: Selection | undefined,
    limit: number,
  ): { readonly source: FrameSource; readonly detach: () => void } {
    if (selection === undefined) return { source: this.#log.cursor(limit), detach: () => undefined };
    const watcher = new SelectiveWatcher(limit, selection, this.#published);
    if (this.#log.sealed !== undefined) {
      watcher.seal({});
    } else {
      this.#selective.add(watcher);
      if (watcher.commits) this.#withCommits.add(watcher);
      for (const subscription of watcher.subscriptions) this.#dispatch.add(subscription);
    }
    return {
      source: watcher,
      detach: () => {
        this.#detach(watcher);
      },
    };
  }

  /** Lets go of a watcher; nothing more comes to it. Letting go again does nothing. */
  #detach(watcher: SelectiveWatcher): void {
    if (!this.#selective.delete(watcher)) return;
    this.#withCommits.delete(watcher);
    for (const subscription of watcher.subscriptions) this.#dispatch.delete(subscription);
  }

  /**
   * What a watcher gets of a replayed commit. An update whose old object is not known is delivered whatever its `by`
   * says.
   */
  #frameOf(commit: Commit, selection: Selection | undefined): Frame | undefined {
    if (selection === undefined) return { commit, commitEvent: commitEventOf(commit) };
    const events = commit.events.filter((event) =>
      selection.objects.some((selector) => selector.kind === event.kind && this.#dispatch.selects(selector, event)),
    );
    if (events.length === 0 && !selection.commits) return undefined;
    return {
      commit: Object.freeze({ ...commit, events: Object.freeze(events) }),
      commitEvent: selection.commits ? commitEventOf(commit) : undefined,
    };
  }

  #publishSelected(whole: Frame): void {
    const { events } = whole.commit;
    const reached: SelectiveWatcher[] = [];
    for (let place = 0; place < events.length; place++) {
      for (const subscription of this.#dispatch.reached(events[place] as ObjectEvent))
        this.#offer(subscription, events, place, reached);
    }
    for (const watcher of this.#withCommits) {
      if (watcher.selected === 0 && watcher.since < this.#published) reached.push(watcher);
    }
    // What those get who selected all of it, and no commits.
    let allEvents: Frame | undefined;
    for (const watcher of reached) {
      const { commits } = watcher;
      const selected = watcher.takeSelected(events);
      if (selected !== undefined) {
        const commit = Object.freeze({ ...whole.commit, events: selected });
        watcher.append({ commit, commitEvent: commits ? whole.commitEvent : undefined });
      } else {
        watcher.append(commits ? whole : (allEvents ??= { commit: whole.commit, commitEvent: undefined }));
      }
      // One that overflowed is nobody's burden any more, whether its reader ever comes or not.
      if (watcher.sealed !== undefined) this.#detach(watcher);
    }
  }

  /**
   * Adds an event to what its watcher selected, if it does; the first one adds the watcher to those who are reached.
   */
  #offer(
    subscription: Subscription<SelectiveWatcher>,
    events: readonly ObjectEvent[],
    place: number,
    reached: SelectiveWatcher[],
  ): void {
    const { watcher } = subscription;
    if (watcher.since >= this.#published || watcher.sealed !== undefined || watcher.selectedUpTo > place) return;
    try {
      if (!this.#dispatch.accepts(subscription, events[place] as ObjectEvent)) return;
    } catch (error) {
      // The transaction is not delivered in part.
      watcher.seal({ error });
      this.#detach(watcher);
      return;
    }
    if (watcher.select(events, place)) reached.push(watcher);
  }
}

function closedError(): StoreError<'ERR_STORE_CLOSED'> {
  return new StoreError('ERR_STORE_CLOSED', 'the store was closed before the replay had caught up', {});
}

function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_WATCH_LIMIT;
  if (limit === Infinity || (Number.isInteger(limit) && limit > 0)) return limit;
  throw new StoreError(
    'ERR_INVALID_OBJECT',
    `the limit of a watch is a number of events, 1 or more, not ${quote(limit)}`,
    {
      messageType: 'WatchOptions',
      path: ['limit'],
    },
  );
}
