import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import ts from 'typescript';

/** Sources of which an import loads all or none. Sources that need other packages than these stay apart. */
const groups: readonly { readonly sources: RegExp; readonly packages: readonly string[] }[] = [
  { sources: /^src\/(?:base|errors)\/.+\.ts$/, packages: [] },
  { sources: /^src\/wire\/.+\.ts$/, packages: ['protobufjs', 'protobufjs/minimal.js', 'long'] },
];

const namespace = 'group';

/**
 * Groups of sources that are published in one file each. The bundler alone makes a file for each set of entries that
 * share a source: an import would load fifteen files, most of them tiny. A source that imports one member of a group
 * is given an import of the whole group, so that all members have the same set of entries.
 */
export class SharedFiles {
  readonly #members: readonly (readonly string[])[];
  /** The group of every source that fits, also of those that stay apart: these do not import their own group. */
  readonly #groupOf = new Map<string, number>();
  readonly #shared: ReadonlySet<string>;

  constructor(root: string) {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .map((path) => `src/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts'))
      .sort();
    this.#members = groups.map(({ sources, packages }, group) => {
      const paths = files.filter((path) => sources.test(path)).map((path) => join(root, path));
      for (const path of paths) this.#groupOf.set(path, group);
      return paths.filter((path) =>
        importsOf(withoutTypes(path, readFileSync(path, 'utf8'))).every(
          (name) => /^(?:\.|node:)/.test(name) || packages.includes(name),
        ),
      );
    });
    this.#shared = new Set(this.#members.flat());
  }

  /** Adds to the JavaScript of a source the imports of the groups that it needs. */
  withGroups(path: string, code: string): string {
    const own = this.#groupOf.get(path);
    const needed = importsOf(code).flatMap((name) => {
      const target = join(dirname(path), name);
      const group = this.#groupOf.get(target);
      return group === undefined || group === own || !this.#shared.has(target) ? [] : [group];
    });
    const lines = [...new Set(needed)].map((group) => `import '${namespace}:${String(group)}';`);
    // On the last line, before the source map, so that the lines of the map stay.
    return lines.length === 0 ? code : code.replace(/(\n\/\/# sourceMappingURL=|$)/, `\n${lines.join('')}$1`);
  }

  readonly plugin: Plugin = {
    name: 'shared-files',
    setup: (builder) => {
      builder.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
        path: path.slice(namespace.length + 1),
        namespace,
      }));
      builder.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
        const target = join(resolveDir, path);
        // What a plugin resolves counts as having effects, so that the bundler keeps an import that nothing uses.
        return this.#shared.has(target) ? { path: target } : undefined;
      });
      builder.onResolve({ filter: /.*/, namespace }, ({ path }) => ({ path }));
      builder.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: (this.#members[Number(path)] ?? []).map((file) => `import ${JSON.stringify(file)};`).join('\n'),
        loader: 'js',
      }));
    },
  };
}

/** A source as JavaScript, with its map at the end and without its comments, which cost an import the time to read them. */
export function withoutTypes(path: string, source: string): string {
  return ts.transpileModule(source, { fileName: path, compilerOptions }).outputText;
}

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
  removeComments: true,
  inlineSourceMap: true,
  inlineSources: true,
};

function importsOf(code: string): readonly string[] {
  return ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
}
