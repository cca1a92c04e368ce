import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { manifest, packageFolder } from './package-manifest.ts';

test('[C1] the entries of package.json are modules with types beside them, and there are no others', () => {
  expect(manifest.type).toBe('module');
  expect(manifest.engines).toEqual({ node: '>=20.19' });
  expect(manifest.exports).toEqual({
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './proto': { types: './dist/proto.d.ts', default: './dist/proto.js' },
    './testing': { types: './dist/testing.d.ts', default: './dist/testing.js' },
    './testing/kv': { types: './dist/testing-kv.d.ts', default: './dist/testing-kv.js' },
    './kv': { types: './dist/kv.d.ts', default: './dist/kv.js' },
    './kv/backend': { types: './dist/kv-backend.d.ts', default: './dist/kv-backend.js' },
    './kv/etcd': { types: './dist/kv-etcd.d.ts', default: './dist/kv-etcd.js' },
    './kv/lmdb': { types: './dist/kv-lmdb.d.ts', default: './dist/kv-lmdb.js' },
    './kv/memory': { types: './dist/kv-memory.d.ts', default: './dist/kv-memory.js' },
    './cache': { types: './dist/cache.d.ts', default: './dist/cache.js' },
    './loops': { types: './dist/loops.d.ts', default: './dist/loops.js' },
    './resources': { types: './dist/resources.d.ts', default: './dist/resources.js' },
    './package.json': './package.json',
  });
});

test('[C1] each entry has a source of its name', () => {
  const sources = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target['default']?.replace('./dist/', 'src/').replace(/\.js$/, '.ts')],
  );
  expect(sources.filter((source) => source === undefined || !existsSync(join(packageFolder, source)))).toEqual([]);
});

test('[C5] the files of package.json are what users need, and nothing else', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageFolder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const [packed] = JSON.parse(output) as { files: { path: string }[] }[];
  const files = packed?.files.map(({ path }) => path) ?? [];
  // What is in dist depends on whether it was built; `npm run check -- package` looks at that.
  expect(files.filter((path) => !path.startsWith('dist/')).sort()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SPEC.md',
      'package.json',
      ...filesIn('proto', '.proto'),
      // The README links to them.
      ...filesIn('docs', '.md'),
      ...filesIn('docs/images', '.svg'),
    ].sort(),
  );
});

test('[C6] the package has five dependencies, protobufjs in one exact version', () => {
  expect(Object.keys(manifest.dependencies).sort()).toEqual(['immer', 'lokijs', 'mitt', 'protobufjs', 'uuid']);
  expect(manifest.dependencies['protobufjs']).toMatch(/^\d+\.\d+\.\d+$/);
  // Clients of key/value servers: who uses one installs it.
  expect(Object.keys(manifest.peerDependencies ?? {}).sort()).toEqual(['@grpc/grpc-js', 'lmdb']);
  expect(Object.values(manifest.peerDependenciesMeta ?? {})).toEqual([{ optional: true }, { optional: true }]);
  expect(manifest.optionalDependencies).toBeUndefined();
});

test('[C6] nothing runs when the package is installed', () => {
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'dependencies'];
  expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual([]);
});

/** The files of a folder with that ending, as paths in the package. */
function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(packageFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}
