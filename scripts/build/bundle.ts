import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import ts from 'typescript';
import { packageEntries } from '../repository/entries.ts';
import { root } from '../repository/repository.ts';

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
  removeComments: true,
  inlineSourceMap: true,
  inlineSources: true,
};

/** Modules that are imported only when a store of their kind is opened; esbuild treats each as an entry. */
const backends = ['memory', 'lmdb', 'etcd'].map((name) => `src/kv/${name}/backend.ts`);

/**
 * Modules that an entry loads without a use for them, by the path of the entry. esbuild writes a file for each set of
 * entries that share modules; these modules make several such sets equal. Fewer files are imported faster, and the
 * modules are small. Every entry loads all modules of `base` and `errors` that import no package.
 */
async function loadedToo(): Promise<ReadonlyMap<string, readonly string[]>> {
  const shared: string[] = [];
  for (const folder of ['src/base', 'src/errors']) {
    for (const name of (await readdir(join(root, folder))).sort()) {
      const path = join(root, folder, name);
      if (name.endsWith('.ts') && !/^(import|export|\}).* from '(?!\.|node:)/m.test(await readFile(path, 'utf8')))
        shared.push(path);
    }
  }
  const entries = [...packageEntries().map(({ source }) => source), ...backends];
  const modules = new Map(entries.map((source) => [join(root, source), shared]));
  const events = ['src/model/events.ts', 'src/model/version.ts', 'src/model/schema/kinds.ts'];
  modules.set(join(root, 'src/loops.ts'), [...shared, ...events.map((file) => join(root, file))]);
  return modules;
}

/**
 * Comments are for readers of the sources and of the declarations: in the program they cost an import the time to read
 * them.
 */
const withoutComments: Plugin = {
  name: 'without-comments',
  async setup(builder) {
    const more = await loadedToo();
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const imports = (more.get(path) ?? []).map((file) => `import ${JSON.stringify(file)};`);
      const source = [await readFile(path, 'utf8'), ...imports].join('\n');
      return { contents: ts.transpileModule(source, { fileName: path, compilerOptions }).outputText, loader: 'js' };
    });
  },
};

/**
 * Of uuid's twenty-two files one entry loads all, and node:crypto with them: a fifth of what an import of ours would
 * cost. We use one function, which becomes a part of our files, with the licence that it comes with.
 */
const withUuid: Plugin = {
  name: 'with-uuid',
  setup(builder) {
    const entry = fileURLToPath(import.meta.resolve('uuid'));
    builder.onResolve({ filter: /^uuid$/ }, () => ({ path: entry, sideEffects: false }));
    builder.onLoad({ filter: /[\\/]uuid[\\/]dist-node[\\/]v4\.js$/ }, async ({ path }) => {
      const licence = await readFile(join(dirname(entry), '../LICENSE.md'), 'utf8');
      return { contents: `/*!\nuuid\n\n${licence.trim()}\n*/\n${await readFile(path, 'utf8')}`, loader: 'js' };
    });
  },
};

/**
 * Writes the JavaScript of the package: a file for each entry, and one for whatever several entries share, so that a
 * class is the same one wherever it is imported from. Node needs about as long for a file as for what is in it, so that
 * few files are quickly imported. Packages stay imports, but for uuid. The same sources give the same bytes.
 */
export async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: packageEntries().map(({ source }) => source),
    outdir: folder,
    chunkNames: 'shared/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
    // The imports that `loadedToo` adds.
    logOverride: { 'ignored-bare-import': 'silent' },
    plugins: [withoutComments, withUuid],
  });
}
