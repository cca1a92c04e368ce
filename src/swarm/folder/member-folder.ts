import { SwarmFolderError } from '../../errors/swarm-folder-error.ts';
import { ClusterSnapshot, Snapshot } from '../../wire/generated/snapshot.ts';
import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { readMemberChanges } from './bytes/raft-messages.ts';
import type { MemberLog } from './consensus/decide.ts';
import { Membership } from './consensus/membership.ts';
import { findLayout, readKeyFile } from './files/layout.ts';
import type { FolderLayout } from './files/layout.ts';
import { readSnapshotFile } from './files/snapshot-file.ts';
import type { RaftSnapshot } from './files/snapshot-file.ts';
import { readKeyHeaders } from './keys/key-file.ts';
import { noKeys, openKeyRing } from './keys/key-ring.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { scanLog } from './wal/scan-log.ts';
import type { LogScan } from './wal/scan-log.ts';

/** The state of one manager: its snapshot is decrypted, its log is scanned. */
export interface MemberFolder {
  readonly path: string;
  readonly keys: Pick<KeyRing, 'open'>;
  readonly scan: LogScan;
  readonly log: MemberLog;
  /** The contents of the snapshot; undefined without one. */
  readonly contents: StoreSnapshot | undefined;
  readonly warnings: readonly string[];
  /** The members at the snapshot. */
  membership(): Membership;
}

/** Reads one folder, without the entries of its log. Rejects with every error of a {@link SwarmFolderError}. */
export async function readMemberFolder(path: string, unlockKey: Uint8Array | undefined): Promise<MemberFolder> {
  const layout = await findLayout(path);
  const warnings = layout.broken.map((name) => `${path}: ${name} was left by an earlier repair, which cut the log`);
  const { snapshot, damages } = await newestSnapshot(layout);
  // Read before the log: a key that is replaced later opens at least the snapshot and the entries so far.
  const keys = await keysOf(layout, unlockKey, warnings);
  const after = snapshot?.index ?? 0;
  const scan = await scanLog(layout.segments, after, snapshot?.term ?? 0).catch((error: unknown) => {
    throw damages[0] === undefined ? error : withoutSnapshot(damages[0], error);
  });
  checkComplete(layout, scan, damages);
  for (const { file, reason } of damages) {
    warnings.push(`${file} is damaged (${reason}); the log and what came before it have the same contents`);
  }
  warnings.push(...scan.warnings);
  const { facts } = scan;
  if (snapshot !== undefined && facts.seen < after && facts.marked < after) {
    warnings.push(
      `${path}: the log ends before the snapshot, which was written later; the contents are the snapshot’s`,
    );
  }
  const contents = snapshot === undefined ? undefined : decodeSnapshot(snapshot, keys);
  const { membership = ClusterSnapshot.from({}), store } = contents ?? {};
  return {
    path,
    keys,
    scan,
    contents: store,
    warnings,
    membership: () => new Membership(snapshot?.conf, membership),
    log: {
      folder: path,
      raftId: BigInt(scan.self?.raftId ?? 0),
      after,
      last: facts.last,
      lastTerm: facts.lastTerm,
      committed: Math.max(facts.commit, after),
      tail: new Map(facts.tail.map((entry) => [entry.index, entry])),
      termAt: (index) => facts.termAt(index),
      changes: facts.configuration.map(({ index, type, data, file, offset }) => ({
        index,
        changes: data.length === 0 ? [] : readMemberChanges(type, keys.open(data, { file, offset, index })),
      })),
    },
  };
}

interface DamagedSnapshot {
  readonly file: string;
  readonly index: number;
  readonly reason: string;
}

/** The newest snapshot that is whole, and the newer ones that are not. */
async function newestSnapshot(
  layout: FolderLayout,
): Promise<{ readonly snapshot: RaftSnapshot | undefined; readonly damages: readonly DamagedSnapshot[] }> {
  const damages: DamagedSnapshot[] = [];
  for (const file of layout.snapshots) {
    const snapshot = await readSnapshotFile(file);
    if (typeof snapshot === 'object') return { snapshot, damages };
    if (snapshot !== undefined) damages.push({ file: file.path, index: file.index, reason: snapshot });
  }
  return { snapshot: undefined, damages };
}

async function keysOf(
  layout: FolderLayout,
  unlockKey: Uint8Array | undefined,
  warnings: string[],
): Promise<Pick<KeyRing, 'open'>> {
  if (!layout.encrypted) return noKeys;
  const { path, text } = await readKeyFile(layout.folder);
  const keys = await openKeyRing(path, readKeyHeaders(text), unlockKey);
  if (keys.unusable.length > 0) warnings.push(`${path}: the header ${keys.unusable.join(' and ')} could not be used`);
  return keys;
}

/** A snapshot may be damaged only where everything in it is elsewhere, too. */
function checkComplete(layout: FolderLayout, scan: LogScan, damages: readonly DamagedSnapshot[]): void {
  const { last, commit } = scan.facts;
  const worst = damages.find(({ index }) => index > last);
  if (worst !== undefined) throw withoutSnapshot(worst, undefined);
  if (commit > last) {
    const file = layout.segments.at(-1)?.path;
    throw new SwarmFolderError(
      'ERR_FOLDER_ENTRIES_LOST',
      `${file ?? layout.folder}: the log ends at index ${last}, and index ${commit} was committed: entries are lost. ` +
        'Copy the folder again, or read the folder of another manager',
      { file, last, commit },
    );
  }
}

function withoutSnapshot({ file, reason }: DamagedSnapshot, cause: unknown): SwarmFolderError<'ERR_FOLDER_DAMAGED'> {
  const found = cause instanceof Error ? `: ${cause.message}` : '';
  return new SwarmFolderError(
    'ERR_FOLDER_DAMAGED',
    `${file} is damaged (${reason}), and the rest of the folder does not have its contents${found}. ` +
      'Copy the folder again, or read the folder of another manager',
    { file, offset: 0, intactAt: undefined },
    { cause },
  );
}

function decodeSnapshot({ file, index, data }: RaftSnapshot, keys: Pick<KeyRing, 'open'>): Snapshot {
  const opened = keys.open(data, { file, offset: undefined, index });
  try {
    return Snapshot.decode(opened);
  } catch (cause) {
    throw new SwarmFolderError(
      'ERR_FOLDER_DAMAGED',
      `${file}: the contents cannot be decoded: ${String(cause)}`,
      { file, offset: undefined, intactAt: undefined },
      { cause },
    );
  }
}
