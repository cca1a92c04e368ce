import type { ReadableStore } from '../../readable/readable-store.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';

/** Something that the command reads: opened, and never changed. */
export interface Source {
  /** As it was named. */
  readonly name: string;
  /** The contents. The secrets in them may not be emptied yet: whatever is shown goes through `redactObject`. */
  readonly store: ReadableStore;
  /** Findings that do not make the contents wrong. */
  readonly warnings: readonly string[];
  /** True where changes come while the source is open. */
  readonly live: boolean;
  /** The entries that led to the contents, where the source has them. */
  readonly log?: SourceLog | undefined;
  /** How a snapshot file was sealed: by us, or not at all. Undefined for other sources. */
  readonly seal?: 'matches' | 'none' | undefined;
  /** Tells of interruptions while the source is followed; returns the function that ends this. */
  onNotice?(listener: (text: string) => void): () => void;
  close(): Promise<void>;
}

/** The log behind a source. */
export interface SourceLog {
  /** The oldest contents that the source has: those after one of its entries, or before the first. */
  base(): Promise<LogBase | undefined>;
  /** The entries, the oldest first. Reads the source each time. Rejects where an entry is damaged. */
  entries(): AsyncIterable<SourceEntry>;
}

/** Contents from which entries go on. */
export interface LogBase {
  /** The index of the last entry that the contents have. */
  readonly after: number;
  /** The version of the contents. */
  readonly version: number;
  readonly contents: StoreSnapshot;
}

/** One entry of a log. */
export interface SourceEntry {
  /** The place in the log: an index of raft, or a slot. */
  readonly index: number;
  /** Facts about the entry, for people: its term, its writer. */
  readonly notes: readonly string[];
  /** False where the contents of the source do not have the entry: it may never have happened. */
  readonly applied: boolean;
  readonly transactions: readonly SourceTransaction[];
}

/** One transaction of an entry. */
export interface SourceTransaction {
  readonly version: number;
  readonly actions: readonly StoreAction[];
}

/** Options of opening a source. */
export interface OpenOptions {
  readonly redact: Redaction;
  /** The unlock key of a swarm with autolock. */
  readonly unlockKey?: string | undefined;
  /** Entries of a folder whose outcome one manager cannot know: left out where not given. */
  readonly tail?: 'certain' | 'all' | undefined;
  /** Paths of the certificates for a port of a manager, or for a server. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly insecure?: boolean | undefined;
  /** The path of a file with the token that a server wants. */
  readonly tokenFile?: string | undefined;
  /** The path of a file with the keys of an encrypted log. */
  readonly keyRing?: string | undefined;
}
