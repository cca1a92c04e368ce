import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { bundle } from '../scripts/build/bundle.ts';

const root = resolve(import.meta.dirname, '..');
const target = join(root, 'bench/dist');

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/**
 * Builds the package as `npm run build` does, and strips the types of the benchmarks, so that what is measured is the
 * code that users run, not what a loader makes of it: loaders wrap functions to keep their names. The sources are there
 * once more file by file, for the start to be compared. Gives the folder with the program of a measuring process.
 */
export async function build(): Promise<string> {
  rmSync(target, { recursive: true, force: true });
  for (const folder of ['src', 'bench']) stripTypes(folder);
  await bundle(join(target, 'dist'));
  const { name, version, type, exports, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version, type, exports, dependencies }));
  // The package's dependencies are those that it declares, whatever versions a peer brings along.
  mkdirSync(join(target, 'node_modules'));
  // uuid is built into the package, and imported by the sources.
  for (const dependency of [...Object.keys(dependencies as object), 'uuid']) {
    symlinkSync(join(root, 'node_modules', dependency), join(target, 'node_modules', dependency), 'junction');
  }
  return join(target, 'bench');
}

function stripTypes(folder: string): void {
  for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || /(?:^|\/)(?:node_modules|dist)\//.test(path)) continue;
    const to = join(target, folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(
      to,
      ts.transpileModule(readFileSync(join(root, folder, path), 'utf8'), { compilerOptions: options }).outputText,
    );
  }
}
