import { posix } from 'node:path';

/**
 * Links of Markdown files to a file that the repository does not have, or to a heading that the file does not have.
 * `paths` are all files of the repository.
 */
export function linkProblems(paths: readonly string[], textOf: (path: string) => string): readonly string[] {
  const files = new Set(paths);
  const folders = new Set(paths.flatMap((path) => foldersOf(path)));
  const documents = new Map(
    paths.filter((path) => path.endsWith('.md')).map((path) => [path, withoutCode(textOf(path))]),
  );
  const anchors = new Map([...documents].map(([path, lines]) => [path, anchorsOf(lines)]));
  return [...documents].flatMap(([path, lines]) =>
    linksOf(lines).flatMap(({ line, target }) => {
      const [file = '', anchor] = target.split('#');
      const place = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
      if (!files.has(place) && !folders.has(place.replace(/\/$/, '')))
        return [`${path}:${String(line)} links to ${target}: there is no ${place}`];
      const known = anchors.get(place);
      if (anchor === undefined || known === undefined || known.has(anchor)) return [];
      return [
        `${path}:${String(line)} links to ${target}: ${place} has no such heading; it has ${[...known].join(', ')}`,
      ];
    }),
  );
}

/** The lines of a document, empty where code is: brackets in code are no links, and hashes no headings. */
function withoutCode(text: string): readonly string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && line.trim() === fence) fence = undefined;
    else if (fence === undefined) return line;
    return '';
  });
}

interface Link {
  /** Counted from 1. */
  readonly line: number;
  readonly target: string;
}

/** Links and pictures that stay in the repository. Addresses of other sites are not looked up. */
function linksOf(lines: readonly string[]): readonly Link[] {
  return lines.flatMap((text, index) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/g)]
      .map(([, inline, reference]) => ({ line: index + 1, target: inline ?? reference ?? '' }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );
}

/** The anchors that GitHub makes of the headings: a heading that comes again gets a number. */
function anchorsOf(lines: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of lines) {
    const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const text = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${String(count)}`;
    anchors.add(unique);
  }
  return anchors;
}

function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)];
}
