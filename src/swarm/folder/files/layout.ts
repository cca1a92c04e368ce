import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';

/** A file of the log. */
export interface SegmentFile {
  readonly path: string;
  readonly sequence: number;
  /** The first log index that the file may have. */
  readonly index: number;
}

/** A file with contents. */
export interface SnapshotFile {
  readonly path: string;
  readonly term: number;
  readonly index: number;
}

/** The files of a manager's state. */
export interface FolderLayout {
  readonly folder: string;
  readonly encrypted: boolean;
  /** The newest first. */
  readonly snapshots: readonly SnapshotFile[];
  readonly segments: readonly SegmentFile[];
  /** Files that etcd left after repairs. */
  readonly broken: readonly string[];
}

/** The pairs of folders, the newest layout first. A manager takes the newest one, too. */
const layouts = [
  { log: 'wal-v3-encrypted', snapshots: 'snap-v3-encrypted', encrypted: true },
  { log: 'wal-v3', snapshots: 'snap-v3', encrypted: false },
  { log: 'wal', snapshots: 'snap', encrypted: false },
] as const;

const SEGMENT = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;
const SNAPSHOT = /^([0-9a-f]{16})-([0-9a-f]{16})\.snap$/;

/**
 * Finds the files. Snapshots are listed before the log. A daemon that runs writes a new snapshot before it deletes the
 * old log, so that the log listed here continues one of these snapshots.
 *
 * Rejects with `ERR_FOLDER_NOT_FOUND` and `ERR_FOLDER_UNREADABLE`.
 */
export async function findLayout(folder: string): Promise<FolderLayout> {
  const top = await namesIn(folder);
  if (top === undefined) throw notFound(folder, `there is no folder ${folder}`);
  const raft = await namesIn(join(folder, 'raft'));
  if (raft === undefined) throw notFound(folder, await whyNoLog(folder, top));
  for (const { log, snapshots, encrypted } of layouts) {
    const snapshotNames = (await namesIn(join(folder, 'raft', snapshots))) ?? [];
    const logNames = (await namesIn(join(folder, 'raft', log))) ?? [];
    const layout: FolderLayout = {
      folder,
      encrypted,
      snapshots: snapshotNames
        .flatMap((name) => numbered(SNAPSHOT, join(folder, 'raft', snapshots), name))
        .map(({ path, first, second }) => ({ path, term: first, index: second }))
        .sort((a, b) => b.term - a.term || b.index - a.index),
      segments: logNames
        .flatMap((name) => numbered(SEGMENT, join(folder, 'raft', log), name))
        .map(({ path, first, second }) => ({ path, sequence: first, index: second }))
        .sort((a, b) => a.sequence - b.sequence),
      broken: [...snapshotNames, ...logNames].filter((name) => name.endsWith('.broken')),
    };
    if (layout.segments.length > 0 || layout.snapshots.length > 0) return layout;
  }
  throw notFound(folder, `the folder ${folder} has a folder raft without a log: the manager never started`);
}

/** The path of the TLS key, and its text. Rejects with `ERR_FOLDER_DATA_KEY` and `ERR_FOLDER_UNREADABLE`. */
export async function readKeyFile(folder: string): Promise<{ readonly path: string; readonly text: string }> {
  const path = join(folder, 'certificates', 'swarm-node.key');
  // The second one is the name while the key is being replaced.
  for (const candidate of [path, join(folder, 'certificates', '.swarm-node.key')]) {
    try {
      return { path: candidate, text: await readFile(candidate, 'utf8') };
    } catch (error) {
      if (!isMissing(error)) throw unreadable(candidate, error);
    }
  }
  throw new SwarmFolderError(
    'ERR_FOLDER_DATA_KEY',
    `the log is encrypted, and ${path} with its key is missing; copy the folder certificates, too`,
    { file: path, index: undefined },
  );
}

/** True for the error of a file or folder that is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The error for a file that the system does not let us read. */
export function unreadable(file: string, cause: unknown): SwarmFolderError<'ERR_FOLDER_UNREADABLE'> {
  const { code } = cause as NodeJS.ErrnoException;
  const remedy =
    code === 'EACCES' || code === 'EPERM'
      ? 'only root may read the state of a manager: run as root, or copy the folder with sudo'
      : 'is the disk healthy?';
  return new SwarmFolderError(
    'ERR_FOLDER_UNREADABLE',
    `${file} cannot be read (${String(code ?? cause)}): ${remedy}`,
    { file },
    { cause },
  );
}

async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(folder, error);
  }
}

async function whyNoLog(folder: string, names: readonly string[]): Promise<string> {
  if (names.includes('swarm') && (await namesIn(join(folder, 'swarm', 'raft'))) !== undefined)
    return `the folder ${folder} is the data of Docker: read ${join(folder, 'swarm')}`;
  if (names.some((name) => /^(?:wal|snap)(?:-v3)?(?:-encrypted)?$/.test(name)))
    return `the folder ${folder} is the inner folder raft: read the folder around it, which also has the keys`;
  if (names.includes('certificates'))
    return `the folder ${folder} is that of a worker: only managers keep the state of a swarm`;
  return `the folder ${folder} has no folder raft: it is not that of a manager, or its node left the swarm`;
}

function notFound(file: string, message: string): SwarmFolderError<'ERR_FOLDER_NOT_FOUND'> {
  return new SwarmFolderError('ERR_FOLDER_NOT_FOUND', message, { file });
}

function numbered(
  pattern: RegExp,
  folder: string,
  name: string,
): readonly { readonly path: string; readonly first: number; readonly second: number }[] {
  const [, first, second] = pattern.exec(name) ?? [];
  if (first === undefined || second === undefined) return [];
  return [{ path: join(folder, name), first: Number.parseInt(first, 16), second: Number.parseInt(second, 16) }];
}
