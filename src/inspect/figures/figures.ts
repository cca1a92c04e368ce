/** Figures of the process that has the store, as the page gets them. */
export interface Figures {
  /** The title of the page: which store this is. */
  readonly title: string;
  /** Bytes; undefined where the host does not tell. */
  readonly memory: { readonly rss: number; readonly heapUsed: number } | undefined;
  readonly watchers: number;
  /** The largest number of unread events of one watcher. */
  readonly watcherLag: number;
  /** Writers in the write queue. */
  readonly waiting: number;
  /** Open snapshots. */
  readonly snapshots: number;
  /** Commits that the store keeps for `watchFrom`. */
  readonly history: number;
  /** Seconds since the process began. */
  readonly uptime: number;
}
