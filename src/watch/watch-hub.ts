import { optionChecks } from '../model/option-checks.ts';
import { StoreError } from '../errors/store-error.ts';
import { commitEventOf } from '../model/events.ts';
import type { Commit, ObjectEvent } from '../model/events.ts';
import { quote } from '../base/text/describe.ts';
import type { Version } from '../wire/generated/common.ts';
import { CommitHistory } from './past/commit-history.ts';
import { CommitLog } from './frames/commit-log.ts';
import { Dispatch } from './dispatch.ts';
import { EventFilter } from './event-filter.ts';
import type { Subscription } from './dispatch.ts';
import type { Frame, FrameSource } from './frames/frame.ts';
import { DEFAULT_WATCH_LIMIT } from './frames/overflow.ts';
import { ReplayFrames } from './frames/replay-frames.ts';
import type { ReplayParts } from './frames/replay-frames.ts';
import { SelectiveWatcher } from './selective-watcher.ts';
import { checkSelectors } from './selector.ts';
import type { Selection, WatchOptions } from './selector.ts';
import { Watcher } from './watcher.ts';

/** Delivers the commits of a store to its watchers. */
export class WatchHub {
  readonly #log = new CommitLog();
  readonly #dispatch = new Dispatch<SelectiveWatcher>();
  readonly #selective = new Set<SelectiveWatcher>();
  readonly #withCommits = new Set<SelectiveWatcher>();
  readonly #replays = new Set<ReplayFrames>();
  #published = 0;
  #size = 0;

  /** The commits that are kept for `watchFrom`; undefined in a store without a history of its own. */
  readonly history: CommitHistory | undefined;

  /** `start` is the version before the first commit. */
  constructor(historySize: number | undefined, start?: Version) {
    this.history = historySize === undefined ? undefined : new CommitHistory(historySize, start);
  }

  /** True once no commit will follow. */
  get closed(): boolean {
    return this.#log.sealed !== undefined;
  }

  /** The number of watchers that have not ended. */
  get size(): number {
    return this.#size;
  }

  /** The largest number of events that wait for one watcher. O(watchers). */
  get largestLag(): number {
    let largest = this.#log.largestLag;
    for (const { lag } of this.#selective) largest = Math.max(largest, lag);
    return largest;
  }

  get historySize(): number {
    return this.history?.length ?? 0;
  }

  /**
   * A watcher of the commits published from now on. Throws `ERR_INVALID_FIND_BY` for a wrong selector and
   * `ERR_INVALID_OBJECT` for a wrong limit.
   */
  watch(options: WatchOptions): Watcher {
    checkWatchOptions(options);
    const limit = checkLimit(options.limit);
    const selection = checkSelectors(options.events);
    const live = this.#live(selection, limit);
    return this.#watcher(live.source, options.signal, live.detach);
  }

  /** A watcher of the commits after a version that was reached. Rejects when they cannot be read. */
  async watchFrom(
    from: Version,
    options: WatchOptions,
    log: Pick<ReplayParts, 'current' | 'between'>,
  ): Promise<Watcher> {
    checkWatchOptions(options);
    const limit = checkLimit(options.limit);
    const selection = checkSelectors(options.events);
    const filter = new EventFilter(selection?.objects ?? []);
    let detach = (): void => undefined;
    const source = new ReplayFrames(
      {
        ...log,
        frameOf: (commit) => replayedFrame(commit, selection, filter),
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
   * Delivers commits that became visible together to all watchers, in one synchronous step. Never throws: a watcher
   * whose check throws ends.
   */
  publish(commits: readonly Commit[]): void {
    // Counted first: a check may start a watcher, which sees the state after all these commits and must get none.
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

  /** Ends every watcher after its unread events, and a replay that has not caught up with `ERR_STORE_CLOSED`. */
  close(): void {
    this.#log.seal();
    for (const replay of this.#replays) replay.seal({ error: closedError() });
    this.#replays.clear();
    for (const watcher of this.#selective) watcher.seal({});
  }

  /** A watcher that is detached when it ends or can get no more events: it costs later commits nothing, read or not. */
  #watcher(source: FrameSource, signal: AbortSignal | undefined, detach: () => void): Watcher {
    this.#size += 1;
    return new Watcher(source, signal, () => {
      this.#size -= 1;
      detach();
    });
  }

  /** A source of the selected parts of commits from now on, and the function that removes the source. */
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

  /** Removes a watcher: no frame is added to it. Removing it again does nothing. */
  #detach(watcher: SelectiveWatcher): void {
    if (!this.#selective.delete(watcher)) return;
    this.#withCommits.delete(watcher);
    for (const subscription of watcher.subscriptions) this.#dispatch.delete(subscription);
  }

  #publishSelected(whole: Frame): void {
    const { events } = whole.commit;
    const reached: SelectiveWatcher[] = [];
    for (let position = 0; position < events.length; position++) {
      for (const subscription of this.#dispatch.reached(events[position] as ObjectEvent))
        this.#offer(subscription, events, position, reached);
    }
    for (const watcher of this.#withCommits) {
      if (watcher.selectedNone && watcher.since < this.#published) reached.push(watcher);
    }
    // One frame for all watchers that selected every event and no commits.
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
    }
  }

  /**
   * Offers an event to a subscription. Adds the watcher to `reached` when the event is the first one that it selects.
   */
  #offer(
    subscription: Subscription<SelectiveWatcher>,
    events: readonly ObjectEvent[],
    position: number,
    reached: SelectiveWatcher[],
  ): void {
    const { watcher } = subscription;
    if (watcher.since >= this.#published || watcher.sealed !== undefined || watcher.hasSelected(position)) return;
    try {
      if (!this.#dispatch.accepts(subscription, events[position] as ObjectEvent)) return;
    } catch (error) {
      // None of the commit's events is delivered, because a transaction is not delivered in part.
      watcher.seal({ error });
      return;
    }
    if (watcher.select(events, position)) reached.push(watcher);
  }
}

/** The selected part of a replayed commit; undefined when nothing is selected. */
function replayedFrame(commit: Commit, selection: Selection | undefined, filter: EventFilter): Frame | undefined {
  if (selection === undefined) return { commit, commitEvent: commitEventOf(commit) };
  const events = commit.events.filter((event) => filter.selects(event));
  if (events.length === 0 && !selection.commits) return undefined;
  return {
    commit: Object.freeze({ ...commit, events: Object.freeze(events) }),
    commitEvent: selection.commits ? commitEventOf(commit) : undefined,
  };
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

const checks = optionChecks<WatchOptions>('WatchOptions', 'a watch', ['events', 'signal', 'limit']);

/** Throws `ERR_INVALID_OBJECT` for options that make no sense, before a watcher is made. */
export function checkWatchOptions(options: WatchOptions): void {
  checks.names(options);
  checks.signal(options.signal);
}
