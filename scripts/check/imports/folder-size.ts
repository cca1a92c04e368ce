import { posix } from 'node:path';
import { isGenerated } from '../../repository/source-text.ts';

/** A folder with more files is a flat list; its files have groups, and each group is a folder. */
const maxFiles = 14;

/** Folders of src and scripts with too many files. The entries, which are the files of src itself, do not count. */
export function folderSizeProblems(paths: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (!/^(?:src|scripts)\//.test(path) || isGenerated(path)) continue;
    const folder = posix.dirname(path);
    if (folder !== 'src') counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > maxFiles)
    .map(
      ([folder, count]) =>
        `${folder}:1 has ${String(count)} files, more than ${String(maxFiles)}; give each group of files a folder`,
    );
}
