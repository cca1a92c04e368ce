import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PublishedPackage } from './published-package.ts';

let published: PublishedPackage;
beforeAll(() => {
  published = new PublishedPackage();
});
afterAll(() => published.remove());

/** How many files an entry may consist of. */
const FEW = 8;

test.each([
  ['swarmstate', ['immer', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/proto', ['long', 'protobufjs']],
  ['swarmstate/cache', ['lokijs', 'long', 'mitt', 'protobufjs']],
  ['swarmstate/loops', ['immer', 'long', 'protobufjs']],
  ['swarmstate/resources', ['immer']],
  ['swarmstate/testing', ['long', 'protobufjs']],
  ['swarmstate/testing/kv', []],
  ['swarmstate/kv', []],
  ['swarmstate/kv/backend', []],
  ['swarmstate/kv/memory', []],
  ['swarmstate/kv/lmdb', []],
  ['swarmstate/kv/etcd', ['long', 'protobufjs']],
])('[C8] an import of %s loads few files, and no package that it does not need', (specifier, packages) => {
  const loaded = published.loadedBy(specifier);
  expect(loaded.packages).toEqual(packages);
  expect(loaded.own).toBeGreaterThan(0);
  expect(loaded.own).toBeLessThanOrEqual(FEW);
});

test('[C6] the function of uuid that is built in comes with its licence', () => {
  const main = readFileSync(join(published.folder, 'dist/index.js'), 'utf8');
  expect(main).toContain('uuid/dist-node/v4.js');
  expect(main).toContain('The MIT License');
  expect(published.run("import { newId } from 'swarmstate'; console.log(newId());")).toMatch(/^[0-9a-z]{25}\n$/);
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
