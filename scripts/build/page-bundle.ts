import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { root } from '../repository/repository.ts';
import { browserLoki } from './browser-loki.ts';

const sources = join(root, 'src/inspect/page');

/** Packages whose code is part of the page, with the files that hold their licences. */
const packages: readonly (readonly [name: string, licence: string])[] = [
  ['preact', 'preact/LICENSE'],
  ['@preact/signals', '@preact/signals/LICENSE'],
  ['@tanstack/virtual-core', '@tanstack/virtual-core/LICENSE'],
  ['uplot', 'uplot/LICENSE'],
  ['lokijs', 'lokijs/LICENSE.txt'],
  ['immer', 'immer/LICENSE'],
  ['long', 'long/LICENSE'],
  ['uuid', 'uuid/LICENSE.md'],
  ['mitt', 'mitt/LICENSE'],
  ['protobufjs', 'protobufjs/LICENSE'],
];

/** The copy of Loki for browsers. */
const loki: Plugin = {
  name: 'loki',
  setup(bundler) {
    bundler.onResolve({ filter: /^lokijs$/ }, () => ({ path: 'lokijs', namespace: 'loki' }));
    bundler.onLoad({ filter: /.*/, namespace: 'loki' }, async () => ({ contents: await browserLoki() }));
  },
};

/** The page of the inspector: the text of each file by its name. The same sources give the same texts. */
export async function bundlePage(entry: string = join(sources, 'browser.ts')): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { page: entry },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'page',
    // long tries WebAssembly, which the policy of the page refuses, and goes on without.
    define: { WebAssembly: 'undefined' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [loki],
  });
  const styleSheets = [
    join(root, 'node_modules/uplot/dist/uPlot.min.css'),
    ...['colors.css', 'styles.css'].map((name) => join(sources, name)),
  ];
  const script = outputFiles.find(({ path }) => path.endsWith('.js'));
  if (script === undefined) throw new Error('the page has no script');
  const read = (path: string): Promise<string> => readFile(path, 'utf8');
  return new Map([
    ['index.html', await read(join(sources, 'index.html'))],
    ['page.css', (await Promise.all(styleSheets.map((path) => styles(path)))).join('')],
    ['page.js', script.text],
    ['licences.txt', await licences()],
  ]);
}

async function styles(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path],
    minify: true,
    write: false,
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

async function licences(): Promise<string> {
  const texts = await Promise.all(
    packages.map(async ([name, path]) => {
      const text = await readFile(join(root, 'node_modules', path), 'utf8');
      return `${name}\n\n${text.trim()}\n`;
    }),
  );
  return `The page is made of these packages.\n\n${texts.join('\n\n')}`;
}
