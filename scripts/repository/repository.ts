import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The absolute path of the repository. */
export const root: string = resolve(import.meta.dirname, '../..');

/**
 * The files of the repository, as sorted paths from its root with forward slashes. Files that git would add are among
 * them, so that a new file is checked before it is committed.
 */
export function repositoryFiles(): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = new Set(
    output
      .split('\0')
      .filter((path) => path !== '' && lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true),
  );
  return [...paths].sort();
}

/** The text of a file that is given by its path from the root. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
