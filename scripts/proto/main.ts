import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { emitEnums, emitExports, emitFile } from './objects/emit-file.ts';
import { emitKinds } from './objects/emit-kinds.ts';
import { loadObjects } from './objects/load-objects.ts';
import { loadProto, protoPaths } from './schema/load.ts';
import { emitModule } from './services/emit-module.ts';
import type { Integers } from './services/values.ts';

/**
 * `npm run proto`: writes src/wire/generated and src/proto.ts from the objects in proto/, and a lean module of each
 * service.
 * `npm run proto -- --check`: writes nothing and fails when something would change.
 */
const repository = fileURLToPath(new URL('../..', import.meta.url));
const proto = join(repository, 'proto');
const objectsFolder = 'src/wire/generated';

/** The folders below proto/ that hold services, and where their modules go. */
const services: readonly {
  readonly folder: string;
  readonly output: string;
  readonly integers: Integers;
  /** True where the messages may hold objects, which have codecs of their own. */
  readonly holdsObjects?: boolean;
}[] = [
  { folder: 'etcd', output: 'src/kv/etcd/generated', integers: 'bigint' },
  { folder: 'replicated', output: 'src/replicated/generated', integers: 'number' },
  { folder: 'follow', output: 'src/remote/follow/generated', integers: 'number', holdsObjects: true },
  { folder: 'manager', output: 'src/grpc/generated', integers: 'bigint', holdsObjects: true },
];

/** The text of each generated file, by its path below the repository. */
function outputs(): Map<string, string> {
  const results = new Map<string, string>();
  const objects = loadObjects(
    proto,
    services.map(({ folder }) => folder),
  );
  for (const file of objects) results.set(`${objectsFolder}/${file.path}.ts`, emitFile(file, objects));
  results.set(`${objectsFolder}/enums.ts`, emitEnums(objects));
  results.set(`${objectsFolder}/kinds.ts`, emitKinds(objects));
  results.set('src/proto.ts', emitExports(objects));
  for (const { folder, output, integers, holdsObjects = false } of services) {
    const paths = protoPaths(proto).filter((path) => path.startsWith(`${folder}/`));
    const loaded = loadProto(proto, holdsObjects ? [...paths, ...objects.map(({ path }) => path)] : paths);
    const files = loaded.slice(0, paths.length);
    const withCodecs = loaded.slice(paths.length);
    for (const { messages } of withCodecs) for (const message of messages) message.hasCodec = true;
    for (const file of files) {
      const path = `${output}${file.path.slice(folder.length)}.ts`;
      const from = posix.dirname(path);
      const base = posix.relative(from, 'src/base/protobuf');
      results.set(
        path,
        emitModule(file, files, integers, base, { files: withCodecs, path: posix.relative(from, objectsFolder) }),
      );
    }
  }
  return results;
}

async function formatted(texts: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const options = { ...(await resolveConfig(join(repository, 'src/proto.ts'))), parser: 'typescript' };
  const results = new Map<string, string>();
  for (const [path, text] of texts) results.set(path, await format(text, options));
  return results;
}

/** Generated files whose .proto file is gone. */
function leftovers(results: ReadonlyMap<string, string>): string[] {
  return [objectsFolder, ...services.map(({ output }) => output)]
    .filter((folder) => existsSync(join(repository, folder)))
    .flatMap((folder) =>
      readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => path.endsWith('.ts') && !results.has(path));
}

const results = await formatted(outputs());
const stale = leftovers(results);
const changed = [...results].filter(([path, text]) => {
  const full = join(repository, path);
  return !existsSync(full) || readFileSync(full, 'utf8') !== text;
});
if (process.argv.includes('--check')) {
  for (const path of [...changed.map(([changedPath]) => changedPath), ...stale])
    console.error(`${path} is not what proto/ gives; run npm run proto`);
  if (changed.length + stale.length > 0) process.exitCode = 1;
} else {
  for (const path of stale) rmSync(join(repository, path));
  for (const [path, text] of changed) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  console.log(`${results.size} files, ${changed.length} written, ${stale.length} removed`);
}
