import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { emitEnums, emitExports, emitFile } from './objects/emit-file.ts';
import { emitKinds } from './objects/emit-kinds.ts';
import { loadProto } from './schema/load.ts';

/**
 * `npm run proto`: writes src/wire/generated and src/proto.ts from proto/.
 * `npm run proto -- --check`: writes nothing and fails when something would change.
 */
const repository = fileURLToPath(new URL('../..', import.meta.url));
const generated = join(repository, 'src/wire/generated');

async function outputs(): Promise<Map<string, string>> {
  const files = loadProto(join(repository, 'proto'));
  const options = { ...(await resolveConfig(join(generated, 'any.ts'))), parser: 'typescript' };
  const results = new Map<string, string>();
  for (const file of files)
    results.set(join(generated, `${file.path}.ts`), await format(emitFile(file, files), options));
  results.set(join(generated, 'enums.ts'), await format(emitEnums(files), options));
  results.set(join(generated, 'kinds.ts'), await format(emitKinds(files), options));
  results.set(join(repository, 'src/proto.ts'), await format(emitExports(files), options));
  return results;
}

/** Generated files whose .proto file is gone. */
function leftovers(results: ReadonlyMap<string, string>): string[] {
  if (!existsSync(generated)) return [];
  return readdirSync(generated, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(generated, path))
    .filter((path) => !results.has(path));
}

const results = await outputs();
const stale = leftovers(results);
const changed = [...results].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
if (process.argv.includes('--check')) {
  for (const path of [...changed.map(([changedPath]) => changedPath), ...stale]) {
    console.error(`${relative(repository, path)} is not what proto/ gives; run npm run proto`);
  }
  if (changed.length + stale.length > 0) process.exitCode = 1;
} else {
  for (const path of stale) rmSync(path);
  for (const [path, text] of changed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(`${results.size} files, ${changed.length} written, ${stale.length} removed`);
}
