/** The line, counted from 1, that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** True for a file that a program of ours wrote: nobody edits it, so the limits of hand-written files do not apply. */
export function isGenerated(path: string): boolean {
  return path.split('/').includes('generated');
}
