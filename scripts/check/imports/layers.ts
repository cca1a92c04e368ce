import { posix } from 'node:path';
import ts from 'typescript';
import { packageEntries } from '../../repository/entries.ts';
import { lineAt, readText } from '../../repository/repository.ts';

/**
 * The layers of src and what each may import besides itself. A layer is ignorant of those above it; a new folder of src
 * gets its line here first.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  engine: ['errors'],
  wire: ['errors'],
  store: ['errors', 'engine', 'wire', 'watch'],
  watch: ['errors', 'engine', 'wire', 'store'],
  cache: ['errors', 'wire', 'store', 'watch'],
  kv: ['errors'],
  testing: ['errors', 'wire', 'store', 'watch', 'kv'],
};

/** Layers that import nothing from outside the repository either. */
const withoutPackages: ReadonlySet<string> = new Set(['errors']);

/** Imports of src and examples that go against the direction of the layers. */
export function layerProblems(files: readonly string[]): readonly string[] {
  const entries = packageEntries();
  const entrySources = new Set(entries.map(({ source }) => source));
  const problems: string[] = [];
  for (const path of files.filter((file) => /^(?:src|examples)\/.*\.ts$/.test(file))) {
    const judge = path.startsWith('src/')
      ? sourceJudge(path, entrySources)
      : exampleJudge(entries.map(({ specifier }) => specifier));
    if (typeof judge === 'string') {
      problems.push(`${path}:1 ${judge}`);
      continue;
    }
    const text = readText(path);
    for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const problem = judge(fileName, fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : undefined);
      if (problem !== undefined) problems.push(`${path}:${String(lineAt(text, pos))} imports ${fileName}: ${problem}`);
    }
  }
  return problems;
}

/** Says what is wrong with an import: a specifier, and the path from the root that it leads to when it is relative. */
type Judge = (specifier: string, target: string | undefined) => string | undefined;

/** The judge of the imports of one file, or what is wrong with where the file is. */
function sourceJudge(path: string, entries: ReadonlySet<string>): Judge | string {
  const layer = layerOf(path);
  const allowed = layer === undefined ? undefined : layers[layer];
  if (layer === undefined) {
    if (!entries.has(path))
      return 'is neither in a layer nor an entry of package.json; move it into the folder of its layer';
  } else if (allowed === undefined) {
    return `the folder src/${layer} has no place among the layers; give it one in scripts/check/imports/layers.ts`;
  }
  return (specifier, target) => {
    if (target === undefined) {
      if (specifier.startsWith('swarmstate'))
        return 'the package does not import itself; import the file that defines the name';
      return layer !== undefined && withoutPackages.has(layer) ? `src/${layer} imports nothing` : undefined;
    }
    if (entries.has(target)) return 'nothing in src imports an entry; import the file that defines the name';
    if (!target.startsWith('src/')) return 'src imports only from src';
    const other = layerOf(target);
    if (layer === undefined || other === layer || (other !== undefined && allowed?.includes(other))) return undefined;
    return `src/${layer} may import only ${[layer, ...(allowed ?? [])].map((name) => `src/${name}`).join(', ')}`;
  };
}

/** Examples are programs of users: they see what the package exports, and nothing of how it is made. */
function exampleJudge(specifiers: readonly string[]): Judge {
  return (specifier, target) => {
    if (target !== undefined)
      return target.startsWith('examples/') ? undefined : 'examples import their own files and packages only';
    if (specifier.startsWith('swarmstate') && !specifiers.includes(specifier)) {
      return `the package has no such entry; it has ${specifiers.join(', ')}`;
    }
    return undefined;
  };
}

/** `engine` for `src/engine/btree/node.ts`, nothing for a file of src itself. */
function layerOf(path: string): string | undefined {
  const [, folder, ...rest] = path.split('/');
  return rest.length > 0 ? folder : undefined;
}
