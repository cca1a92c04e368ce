import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The absolute path of the repository. */
export const root: string = resolve(import.meta.dirname, '../..');

/**
 * The files that belong to the repository, as paths from its root with forward slashes, sorted: those that git tracks
 * and those that it would add, so that a new file is checked before it is committed.
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

/** The line, counted from 1, that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** True for what a program of ours wrote: nobody edits it, and the limits of hand-written files do not apply. */
export function isGenerated(path: string): boolean {
  return path.split('/').includes('generated');
}
