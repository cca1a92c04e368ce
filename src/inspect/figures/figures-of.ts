import type { ReadableStore } from '../../readable/readable-store.ts';
import type { Figures } from './figures.ts';

/** The figures of a store and of this process. O(tables + watchers). */
export function figuresOf(store: ReadableStore, title: string): Figures {
  const { watchers, watcherLag, waiting, snapshots, history } = store.stats();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    title,
    memory: { rss, heapUsed },
    watchers,
    watcherLag,
    waiting,
    snapshots,
    history,
    uptime: process.uptime(),
  };
}
