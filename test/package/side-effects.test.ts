import { beforeAll, expect, test } from '@jest/globals';
import { manifest } from './package-manifest.ts';
import { runProgram } from './run-program.ts';

test('[C4] bundlers are told that an import has no effect', () => {
  expect(manifest.sideEffects).toBe(false);
});

const entries = [
  './src/index.ts',
  './src/proto.ts',
  './src/cache.ts',
  './src/files.ts',
  './src/inspect.ts',
  './src/remote-events.ts',
  './src/swarm.ts',
  './src/remote.ts',
  './src/loops.ts',
  './src/replicated.ts',
  './src/resources.ts',
  './src/testing.ts',
  './src/testing-kv.ts',
  './src/kv.ts',
  './src/kv-backend.ts',
  './src/kv-consul.ts',
  './src/kv-etcd.ts',
  './src/kv-lmdb.ts',
  './src/kv-memory.ts',
];

/** The changes that the import of each entry makes to one process. A module is imported once: by its first entry. */
let changes: Readonly<Record<string, unknown>>;
beforeAll(() => {
  // The program also has to end by itself, which it does only when nothing is pending.
  const printed = runProgram(`
    const footprint = () => JSON.stringify({
      globals: Reflect.ownKeys(globalThis).map(String),
      prototypes: [Object, Array, Map, Set, Promise, Uint8Array, String].map((type) =>
        Reflect.ownKeys(type.prototype).map(String),
      ),
      listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
      timers: process.getActiveResourcesInfo().filter((resource) => /Timeout|Immediate|Server|Socket/.test(resource)),
      environment: process.env,
    });
    const changes = {};
    for (const entry of ${JSON.stringify(entries)}) {
      const before = footprint();
      await import(entry);
      const after = footprint();
      changes[entry] = after === before ? 'nothing' : { before, after };
    }
    console.log(JSON.stringify(changes));
  `);
  changes = JSON.parse(printed) as Readonly<Record<string, unknown>>;
});

test.each(entries)('[C4] an import of %s leaves the process as it was', (entry) => {
  expect(changes[entry]).toBe('nothing');
});

test('[C7] the store, the codecs and the caches work where code generation from strings is forbidden', () => {
  const printed = runProgram(
    `
    import assert from 'node:assert/strict';
    assert.throws(() => new Function('return 1'), EvalError);
    const { MemoryStore } = await import('./src/index.ts');
    const { StoreSnapshot } = await import('./src/proto.ts');
    const { LocalCache } = await import('./src/cache.ts');
    const store = new MemoryStore({ history: 10, firstVersion: 1 });
    const cache = new LocalCache(store, { tables: ['node'], indices: { node: ['id'] } });
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    const { nodes } = StoreSnapshot.decode(StoreSnapshot.encode(store.save()));
    await cache.waitFor(store.version);
    assert.equal(cache.table('node').find({ id: 'n1' }).length, 1);
    cache.close();
    console.log(nodes.map(({ id }) => id).join());
  `,
    ['--disallow-code-generation-from-strings'],
  );
  expect(printed).toBe('n1\n');
});
