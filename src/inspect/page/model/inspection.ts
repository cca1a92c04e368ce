import { computed, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { LocalCache } from '../../../cache/local-cache.ts';
import type { FollowSource } from '../../../follow/follow-source.ts';
import type { FollowedCommit } from '../../../follow/followed-commit.ts';
import type { FollowStatus } from '../../../follow/status.ts';
import type { Version } from '../../../wire/generated/common.ts';
import type { Moment } from '../../objects/moment.ts';
import { Feed } from '../../overview/feed.ts';
import { Rate, Series } from '../../overview/series.ts';
import { Timeline, timeOf } from '../../past/timeline.ts';
import type { Step } from '../../past/timeline.ts';
import type { Figures } from '../../figures/figures.ts';
import { LiveMoment } from './live-moment.ts';

/** How often the page shows what has changed, in milliseconds. */
const REFRESH_MS = 250;
const FIGURES_MS = 1_000;
/** Ten minutes. */
const POINTS = 600;

/** Where the page gets its contents from. */
export interface Inspected {
  readonly source: FollowSource;
  /** The figures of the process that has the store; undefined where it gives none. */
  figures(): Promise<Figures | undefined>;
  /** The steps that lead to the state at `to`; none where the store keeps no past. */
  earlier(to: Version): Promise<Earlier>;
}

/** Steps of the past, and the version before them. */
export interface Earlier {
  readonly from: Version | undefined;
  readonly steps: readonly Step[];
}

/** The state of the page: a cache that follows the store, its past, and figures. */
export class Inspection {
  /** Changes whenever the contents of the page have to be drawn again. */
  readonly tick: Signal<number> = signal(0);
  /** Changes with each point of the charts. */
  readonly beat: Signal<number> = signal(0);
  readonly status: Signal<FollowStatus> = signal<FollowStatus>('syncing');
  readonly problem: Signal<string> = signal('');
  /** The number of steps of the timeline that have happened at the shown moment; undefined for now. */
  readonly position: Signal<number | undefined> = signal<number | undefined>(undefined);
  /** The shown contents. */
  readonly moment: ReadonlySignal<Moment>;
  readonly live: Moment;
  readonly timeline: Timeline = new Timeline();
  readonly feed: Feed = new Feed();
  /** Commits and changes per second. */
  readonly load: Series = new Series(2, POINTS);
  /** Unread events of the slowest watcher, and the delay of this page in milliseconds. */
  readonly lag: Series = new Series(2, POINTS);
  /** Memory in use and heap in use, in megabytes. */
  readonly memory: Series = new Series(2, POINTS);
  readonly figures: Signal<Figures | undefined> = signal<Figures | undefined>(undefined);
  /** Undefined until it was tried; false when the source keeps nothing earlier. */
  readonly earlier: Signal<'unknown' | 'reading' | 'none'> = signal<'unknown' | 'reading' | 'none'>('unknown');
  /** The time at which the page began to follow. */
  readonly began: number = Date.now();
  readonly #cache: LocalCache;
  readonly #inspected: Inspected;
  readonly #commits = new Rate(Date.now());
  readonly #changes = new Rate(Date.now());
  /** The version of the oldest state that the timeline leads back to. */
  #oldest: Version | undefined;
  #scheduled = false;

  constructor(inspected: Inspected) {
    const { source } = inspected;
    this.#inspected = inspected;
    this.#cache = new LocalCache(source);
    this.live = new LiveMoment(this.#cache);
    this.moment = computed(() => {
      const position = this.position.value;
      if (position !== undefined) return this.timeline.before(position, this.live);
      // The tables are the same objects, their rows are not.
      return this.tick.value < 0 ? this.live : { table: (kind) => this.live.table(kind) };
    });
    this.#cache.on('commit', (commit) => this.#add(commit));
    this.#cache.on('status', ({ status, reason }) => {
      this.status.value = status;
      this.problem.value = reason instanceof Error ? reason.message : '';
      this.#schedule();
    });
    this.status.value = this.#cache.status;
    this.#oldest = this.#cache.version;
    this.#measure();
  }

  get version(): Version | undefined {
    return this.#cache.version;
  }

  /** Shows the state after `count` steps; the present where `count` is undefined. */
  goTo(count: number | undefined): void {
    this.position.value = count === undefined || count >= this.timeline.steps.length ? undefined : Math.max(count, 0);
  }

  /** Reads the commits before the timeline, where the source still has them. */
  async readEarlier(): Promise<void> {
    if (this.#oldest === undefined || this.earlier.value === 'reading') return;
    this.earlier.value = 'reading';
    const { from, steps } = await this.#inspected.earlier(this.#oldest).catch(() => ({ from: undefined, steps: [] }));
    if (steps.length === 0 || !this.timeline.takesEarlier) {
      this.earlier.value = 'none';
      return;
    }
    this.#oldest = from;
    this.timeline.addEarlier(steps);
    this.earlier.value = 'unknown';
    const position = this.position.value;
    if (position !== undefined) this.position.value = position + steps.length;
    this.#schedule();
  }

  #add({ cause, events, version }: FollowedCommit): void {
    if (cause === 'initial') {
      this.#oldest = version;
      this.#schedule();
      return;
    }
    const now = Date.now();
    this.#commits.add(1);
    this.#changes.add(events.length);
    const at = cause === 'resync' ? now : Math.min(timeOf(events, now), now);
    const dropped = this.timeline.add({ version, at, events });
    if (dropped > 0) {
      const position = this.position.peek();
      if (position !== undefined) this.position.value = Math.max(position - dropped, 0);
      this.earlier.value = 'none';
    }
    this.feed.add(at, events, this.live);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      // A page that nobody sees does not draw: the browser calls this when it is shown again.
      requestAnimationFrame(() => {
        this.#scheduled = false;
        this.tick.value += 1;
      });
    }, REFRESH_MS);
  }

  #measure(): void {
    const measure = async (): Promise<void> => {
      const given = await this.#inspected.figures().catch(() => undefined);
      const now = Date.now();
      this.figures.value = given;
      this.load.add(now, [this.#commits.take(now), this.#changes.take(now)]);
      const { lag } = this.#cache.stats();
      this.lag.add(now, [given?.watcherLag ?? 0, Math.max(lag.milliseconds, lag.lastMilliseconds)]);
      if (given?.memory !== undefined)
        this.memory.add(now, [given.memory.rss / 2 ** 20, given.memory.heapUsed / 2 ** 20]);
      this.beat.value += 1;
      if (this.status.value !== 'closed') setTimeout(() => void measure(), FIGURES_MS);
    };
    void measure();
  }
}
