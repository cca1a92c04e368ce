import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';

/** The calls of `require` in Loki, and their values in a browser. Nothing in this package leads to them. */
const nodeOnly: readonly (readonly [string, string])[] = [
  [`require('fs')`, 'null'],
  [`require("./loki-indexed-adapter.js")`, 'undefined'],
];

/** Loki for browsers: the same program without its `require` of a module of Node.js, about which bundlers warn. */
export async function browserLoki(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('lokijs');
  let source = await readFile(path, 'utf8');
  for (const [call, value] of nodeOnly) {
    if (source.split(call).length !== 2) throw new Error(`${path} has not one ${call}`);
    source = source.replace(call, value);
  }
  return source;
}

/** Writes Loki for browsers. `browser` in package.json gives it to bundlers in place of the package. */
export async function writeBrowserLoki(folder: string): Promise<void> {
  const path = createRequire(import.meta.url).resolve('lokijs');
  const licence = await readFile(join(dirname(path), '../LICENSE.txt'), 'utf8');
  const { code } = await transform(await browserLoki(), { loader: 'js', target: 'es2022', legalComments: 'none' });
  const target = join(folder, 'browser/loki.cjs');
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, `/*!\nlokijs\n\n${licence.trim()}\n*/\n${code}`);
}
