import { StoreError } from '../../errors/store-error.ts';
import { SwarmFolderError } from '../../errors/swarm-folder-error.ts';
import type { Change } from '../../model/proposer.ts';
import type { Version } from '../../wire/generated/common.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { ReadableLog } from '../../readable/readable-store.ts';
import { redactActions } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import { NORMAL_ENTRY } from './bytes/raft-messages.ts';
import type { MemberFolder } from './member-folder.ts';
import { readEntries } from './wal/read-entries.ts';

/** An entry of a swarm's log. */
export interface LogEntry {
  readonly index: number;
  /** The term of the leader that wrote the entry. */
  readonly term: number;
  /** True where the entry is known to be committed. Another entry may take the place of one that is not. */
  readonly certain: boolean;
  /** The changes of one transaction. Empty for the entries by which leaders begin, and for changes of the members. */
  readonly actions: readonly StoreAction[];
}

/** The entries of a folder, read from the files each time. Nothing of the log is kept in memory. */
export class FolderLog implements ReadableLog {
  /** The index of the last entry that the store has. */
  applied: number;
  readonly #folder: MemberFolder;
  readonly #certain: number;
  readonly #redaction: Redaction;

  constructor(folder: MemberFolder, certain: number, redaction: Redaction) {
    this.#folder = folder;
    this.#certain = certain;
    this.#redaction = redaction;
    this.applied = folder.log.after;
  }

  getVersion(): Version {
    return { index: this.applied };
  }

  async *changesBetween(from: Version, to: Version): AsyncGenerator<Change> {
    const oldest = this.#folder.log.after;
    if (from.index < oldest) {
      throw new StoreError(
        'ERR_LOG_COMPACTED',
        `the folder has the entries behind index ${oldest}, where its snapshot was taken, and none before`,
        { oldest: { index: oldest } },
      );
    }
    for await (const { index, actions } of this.entries(from.index, to.index)) {
      // The last entry is told in any case: a reader of the replay sees the version of the store, and knows the end.
      if (actions.length > 0 || index === this.applied) yield { version: { index }, storeActions: actions };
    }
  }

  /** The entries behind `from`, up to `to`. */
  async *entries(from: number, to: number): AsyncGenerator<LogEntry> {
    const { keys, scan } = this.#folder;
    for await (const { type, index, term, data, file, offset } of readEntries(scan, from, to)) {
      const opened =
        type === NORMAL_ENTRY && data.length > 0 ? keys.open(data, { file, offset, index }) : new Uint8Array(0);
      const actions = opened.length === 0 ? [] : decodeActions(opened, index, file, offset);
      yield { index, term, certain: index <= this.#certain, actions: redactActions(actions, this.#redaction) };
    }
  }
}

function decodeActions(bytes: Uint8Array, index: number, file: string, offset: number): readonly StoreAction[] {
  try {
    return InternalRaftRequest.decode(bytes).action;
  } catch (cause) {
    throw new SwarmFolderError(
      'ERR_FOLDER_DAMAGED',
      `${file}: entry ${index} cannot be decoded: ${String(cause)}`,
      { file, offset, intactAt: undefined },
      { cause },
    );
  }
}
