import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin as EsbuildPlugin } from 'esbuild';
import type { Plugin } from 'rollup';
import type { PageFile } from '../../src/inspect/serve/page-files.ts';
import { root } from '../repository/repository.ts';
import { bundlePage } from './page-bundle.ts';

/** The list that the build fills. */
const list = join(root, 'src/inspect/serve/page-files.ts');

/** Bundles the page of the inspector, and compresses its files. */
export async function makePageFiles(): Promise<readonly PageFile[]> {
  const files = await bundlePage();
  return [...files].map(([name, text]) => ({ name, brotli: compressed(text).toString('base64') }));
}

function compressed(text: string): Buffer {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  return brotliCompressSync(text, { params });
}

/** Puts the page of the inspector into the package, in place of the empty list of the sources. */
export const builtInPage: Plugin = {
  name: 'built-in-page',
  async load(path) {
    if (path !== list) return null;
    return filledList();
  },
};

/** {@link builtInPage} for the command. */
export const pageInCommand: EsbuildPlugin = {
  name: 'page-in-command',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]inspect[\\/]serve[\\/]page-files\.ts$/ }, async () => ({
      contents: await filledList(),
    }));
  },
};

let filled: Promise<readonly PageFile[]> | undefined;

/** The filled list, for the entries and for the command: the compression takes seconds, and is done once. */
async function filledList(): Promise<string> {
  filled ??= makePageFiles();
  return `export const pageFiles = ${JSON.stringify(await filled)};\n`;
}
