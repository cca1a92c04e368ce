import { posix } from 'node:path';
import { GraphBuilder, circles } from './graph.ts';
import type { Step } from './graph.ts';
import type { SourceFile } from './source-file.ts';

/** Circles between files, `import type` included, shortest first. */
export function fileCircleProblems(files: readonly SourceFile[]): readonly string[] {
  const graph = new GraphBuilder();
  for (const { path, imports } of files) {
    for (const { target, line } of imports) {
      if (target !== undefined) graph.add(path, target, `${path}:${String(line)}`);
    }
  }
  return circles(graph.build()).map((circle) => described('files import each other in a circle', circle));
}

/**
 * Circles between folders. A folder stands for everything in it, so two folders of one parent are compared with all
 * that is below them. A folder may import its own subfolders; the way back is a problem on its own.
 */
export function folderCircleProblems(files: readonly SourceFile[]): readonly string[] {
  const upwards = new Map<string, Set<string>>();
  const siblings = new Map<string, GraphBuilder>();
  for (const { path, imports } of files) {
    for (const { target, line } of imports) {
      if (target === undefined) continue;
      const [from, to] = [posix.dirname(path), posix.dirname(target)];
      const place = `${path}:${String(line)}`;
      if (from.startsWith(`${to}/`)) {
        const key = `${from} imports files of its parent folder ${to}`;
        upwards.set(key, (upwards.get(key) ?? new Set()).add(posix.basename(target)));
      } else if (from !== to && !to.startsWith(`${from}/`)) {
        const parent = commonFolder(from, to);
        const graph = siblings.get(parent) ?? new GraphBuilder();
        siblings.set(parent, graph);
        graph.add(childOf(parent, from), childOf(parent, to), place);
      }
    }
  }
  return [
    ...[...upwards].map(
      ([what, names]) => `${what}; move them to a folder that both may import:\n  ${[...names].sort().join(', ')}`,
    ),
    ...[...siblings.values()].flatMap((graph) =>
      circles(graph.build()).map((circle) => described('folders import each other in a circle', circle)),
    ),
  ];
}

function described(what: string, circle: readonly Step[]): string {
  return [`${what}:`, ...circle.map(({ place, to }) => `  ${place} imports ${to}`)].join('\n');
}

/** The deepest folder that holds both. */
function commonFolder(a: string, b: string): string {
  const parts = b.split('/');
  const shared: string[] = [];
  for (const [index, part] of a.split('/').entries()) {
    if (parts[index] !== part) break;
    shared.push(part);
  }
  return shared.join('/');
}

/** The folder right below `parent` on the way to `folder`. */
function childOf(parent: string, folder: string): string {
  const end = folder.indexOf('/', parent === '' ? 0 : parent.length + 1);
  return end === -1 ? folder : folder.slice(0, end);
}
