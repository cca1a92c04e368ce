import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { packageEntries } from '../repository/entries.ts';
import { root } from '../repository/repository.ts';
import { SharedFiles, withoutTypes } from './shared-files.ts';

/** Reads the sources. */
function withoutComments(shared: SharedFiles): Plugin {
  return {
    name: 'without-comments',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const code = withoutTypes(path, await readFile(path, 'utf8'));
        return { contents: shared.withGroups(path, code), loader: 'js' };
      });
    },
  };
}

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
  const shared = new SharedFiles(root);
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
    plugins: [shared.plugin, withoutComments(shared), withUuid],
  });
}
