import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { manifest, packageFolder } from './package-manifest.ts';
import { publicNames } from './public-names.ts';

test('[C1] the entries of package.json are modules with types and CommonJS beside them, and no others', () => {
  expect(manifest.type).toBe('module');
  expect(manifest.engines).toEqual({ node: '>=20.19' });
  const { './package.json': itself, ...entries } = manifest.exports;
  expect(itself).toBe('./package.json');
  expect(Object.keys(entries).sort()).toEqual([...Object.keys(publicNames), 'swarmstate/proto'].map(subpathOf).sort());
  for (const [subpath, conditions] of Object.entries(entries)) {
    const file = subpath.slice(2).replaceAll('/', '-') || 'index';
    const module = `./dist/${file}.js`;
    // The types are beside each file. The order counts: Node.js and bundlers take the module, for `require` too, so
    // that there is one copy.
    expect(Object.entries(conditions)).toEqual([
      ['module-sync', module],
      ['module', module],
      ['require', `./dist/cjs/${file}.cjs`],
      ['default', module],
    ]);
  }
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
  // The contents of dist depend on the last build; `npm run check -- package` looks at them.
  expect(files.filter((path) => !path.startsWith('dist/')).sort()).toEqual(
    [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'SPEC.md',
      'package.json',
      ...filesIn('proto', '.proto'),
      ...filesIn('docs', '.md'),
      ...filesIn('docs/images', '.png'),
      ...filesIn('docs/images', '.svg'),
      'examples/orchestrator/readme.md',
    ].sort(),
  );
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, path]) => path);
  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((path) => path !== undefined && !files.includes(path))).toEqual([]);
});

test('[C13] bundlers for browsers take the copy of lokijs', () => {
  expect(manifest.browser).toEqual({ lokijs: './dist/browser/loki.cjs' });
});

test('[C6] the package has four dependencies, protobufjs in one exact version', () => {
  // uuid is built in.
  expect(Object.keys(manifest.dependencies).sort()).toEqual(['immer', 'lokijs', 'mitt', 'protobufjs']);
  expect(manifest.dependencies['protobufjs']).toMatch(/^\d+\.\d+\.\d+$/);
  // Clients of key/value servers, and the cipher of a swarm's log: a program that uses one installs it.
  const peers = ['@grpc/grpc-js', '@noble/ciphers', 'lmdb', 'node-zookeeper-client', 'undici'];
  expect(Object.keys(manifest.peerDependencies ?? {}).sort()).toEqual(peers);
  expect(Object.values(manifest.peerDependenciesMeta ?? {})).toEqual(peers.map(() => ({ optional: true })));
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

/** `./proto` of `swarmstate/proto`. */
function subpathOf(specifier: string): string {
  return specifier.replace(/^swarmstate/, '.');
}
