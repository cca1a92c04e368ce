import { readSwarmFolder } from '../../swarm/folder/read-swarm-folder.ts';
import { readUnlockKey } from '../../swarm/folder/keys/key-file.ts';
import { readMemberFolder } from '../../swarm/folder/member-folder.ts';
import { redactSnapshot } from '../../readable/redact.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { LogBase, OpenOptions, Source, SourceEntry } from './source.ts';

/** Reads the state folder of a manager, or those of several managers of one swarm. */
export async function openFolder(
  terminal: Terminal,
  paths: readonly string[],
  { redact, tail, unlockKey }: OpenOptions,
): Promise<Source> {
  const name = paths.join(' ');
  const folder = await readSwarmFolder(paths, { redact, tail, unlockKey, signal: terminal.signal });
  const { applied, snapshot, last } = folder.indexes;

  /** The contents of the snapshot are those of a folder that has one at this index: every folder has the same then. */
  async function base(): Promise<LogBase | undefined> {
    if (snapshot === 0) return { after: 0, version: 0, contents: StoreSnapshot.from({}) };
    for (const path of paths) {
      const { contents, log } = await readMemberFolder(
        path,
        unlockKey === undefined ? undefined : readUnlockKey(unlockKey),
      );
      if (log.after === snapshot && contents !== undefined)
        return { after: snapshot, version: snapshot, contents: redactSnapshot(contents, redact) };
    }
    return undefined;
  }

  async function* entries(): AsyncGenerator<SourceEntry> {
    const progress = new Progress(terminal, `reading ${name}`, 'entries');
    try {
      for await (const { index, term, certain, actions } of folder.log) {
        progress.step({ done: index - snapshot, total: last - snapshot });
        const notes = [`term ${term}`, ...(certain ? [] : ['may not have been committed'])];
        const transactions = actions.length === 0 ? [] : [{ version: index, actions }];
        yield { index, notes, applied: index <= applied, transactions };
      }
    } finally {
      progress.end();
    }
  }
  return {
    name,
    store: folder.store,
    warnings: folder.warnings,
    live: false,
    log: { base, entries },
    close: () => Promise.resolve(),
  };
}
