import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreActionKind, all, byDriver, byId, byName } from 'swarmstate';
import type { Node, StoreEvent } from 'swarmstate';
import { InternalRaftRequest, StoreSnapshot } from 'swarmstate/proto';
import { brief, drain, ids, rejected, thrown } from '../support/store-helpers.ts';

const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(join(__dirname, '..', 'golden', name)));
const bytesOf = (store: MemoryStore): string => Buffer.from(StoreSnapshot.encode(store.save())).toString('hex');
const named = (id: string, name: string): { id: string; spec: { annotations: { name: string } } } => ({
  id,
  spec: { annotations: { name } },
});

describe('save', () => {
  test('[S1] save gives the store’s own objects, in id order, of the state that is asked for', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      for (const id of ['b', '\u{1f600}', 'a', '\ufffd']) tx.nodes.create({ id });
    });
    const saved = store.save();
    expect(ids(saved.nodes)).toEqual(['a', 'b', '\ufffd', '\u{1f600}']);
    expect(saved.nodes[0]).toBe(store.view((tx) => tx.nodes.get('a')));
    using snapshot = store.snapshot();
    await store.update((tx) => {
      tx.nodes.delete('a');
      expect(store.save().nodes).toHaveLength(4);
      expect(store.save(tx).nodes).toHaveLength(3);
    });
    expect(store.save(snapshot)).toEqual(saved);
    expect(store.save().nodes).toHaveLength(3);
  });
});

describe('restore', () => {
  test('[S2] a store that is restored from saved bytes saves the same bytes', async () => {
    const bytes = golden('snapshot-single.bin');
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'gone' }));
    await store.restore(StoreSnapshot.decode(bytes));
    const saved = StoreSnapshot.encode(store.save());
    const again = new MemoryStore();
    await again.restore(StoreSnapshot.decode(saved));
    expect(bytesOf(again)).toBe(bytesOf(store));
    expect(StoreSnapshot.decode(saved).tasks).toHaveLength(StoreSnapshot.decode(bytes).tasks.length);
    expect(store.view((tx) => tx.nodes.get('gone'))).toBeUndefined();
  });

  test('[S16] parts of a changed object that stay equal stay the same objects, after restore and replay', async () => {
    const ways: ((store: MemoryStore, bytes: Uint8Array) => Promise<unknown>)[] = [
      (store, bytes) => store.restore(StoreSnapshot.decode(bytes)),
      (store, bytes) => store.restoreFrom([bytes], { sealed: false }),
      (store, bytes) =>
        store.apply({
          events: [{ action: 'update', kind: 'node', object: StoreSnapshot.decode(bytes).nodes[0] as Node }],
        }),
    ];
    for (const way of ways) {
      const store = new MemoryStore();
      await store.update((tx) => {
        tx.nodes.create({
          id: 'n',
          spec: { annotations: { name: 'a', labels: { x: '1' } } },
          description: { hostname: 'h' },
        });
      });
      const before = store.view((tx) => tx.nodes.get('n')) as Node;
      await way(store, StoreSnapshot.encode({ nodes: [{ ...before, status: { message: 'changed' } }] }));
      const after = store.view((tx) => tx.nodes.get('n')) as Node;
      expect(after.status.message).toBe('changed');
      expect(after.spec).toBe(before.spec);
      expect(after.description).toBe(before.description);
    }
  });

  test('[S3][S16] restore gives events only for what differs: deletes, then the snapshot in its order', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.nodes.create({ id: 'same', description: { hostname: 'h' } });
      tx.nodes.create({ id: 'changed' });
      tx.nodes.create({ id: 'gone' });
      tx.tasks.create({ id: 'task' });
      tx.clusters.create({ id: 'cluster' });
    });
    const before = store.view((tx) => tx.nodes.get('same'));
    const watcher = store.watch();
    await store.restore({
      tasks: [{ id: 'task', slot: 1 }],
      nodes: [{ id: 'new' }, { id: 'same', description: { hostname: 'h' } }, { id: 'changed', role: 1 }],
      extensions: [{ id: 'e', annotations: { name: 'kind' } }],
    });
    await store.restore(store.save());
    expect(store.view((tx) => tx.nodes.get('same'))).toBe(before);
    expect(await drain(store, watcher)).toEqual([
      'delete cluster cluster',
      'create extension e',
      'delete node gone',
      'create node new',
      'update node changed',
      'update task task',
      'commit',
    ]);
  });

  test('[S4] restore checks no names, kinds or references', async () => {
    const store = new MemoryStore();
    await store.restore({
      services: [named('1', 'Web'), named('2', 'wEB')],
      resources: [{ id: 'r', kind: 'unregistered', annotations: { name: 'node' } }],
      extensions: [{ id: 'e', annotations: { name: 'node' } }],
    });
    expect(store.view((tx) => ids(tx.services.find(byName('web'))))).toEqual(['1', '2']);
    expect(store.view((tx) => ids(tx.extensions.find(byName('Node'))))).toEqual(['e']);
  });

  test('[S5] restore may give a name to another object', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.services.create(named('a', 'x'));
      tx.services.create(named('b', 'y'));
      tx.services.create(named('c', 'z'));
    });
    await store.restore({ services: [named('a', 'y'), named('b', 'x'), named('d', 'Z')] });
    const holders = (name: string): string[] => store.view((tx) => ids(tx.services.find(byName(name))));
    expect([holders('x'), holders('y'), holders('z')]).toEqual([['b'], ['a'], ['d']]);
    await store.update((tx) => {
      thrown(() => tx.services.create(named('e', 'z')), 'ERR_NAME_CONFLICT');
    });
  });

  test('[S6] of several objects with one id in a snapshot the last counts', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.restore({ nodes: [{ id: 'n', role: 1 }, { id: 'm' }, { id: 'n', description: { hostname: 'last' } }] });
    expect(store.view((tx) => tx.nodes.get('n'))).toMatchObject({ role: 0, description: { hostname: 'last' } });
    expect(await drain(store, watcher)).toEqual(['create node n', 'create node m', 'commit']);
  });

  test('[S7] a snapshot that is refused leaves the store as it was', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    const watcher = store.watch();
    for (const snapshot of [{ nodes: [{ id: 'x' }, { id: 5 }] }, { node: [] }, null, undefined, 7]) {
      await rejected(store.restore(snapshot as never), 'ERR_INVALID_OBJECT');
    }
    await rejected(store.restoreTable('node', [{ id: 'x' }, null] as never), 'ERR_INVALID_OBJECT');
    await rejected(store.restoreTable('node', undefined as never), 'ERR_INVALID_OBJECT');
    expect(store.view((tx) => ids(tx.nodes.find(all)))).toEqual(['n']);
    expect(await drain(store, watcher)).toEqual([]);
  });

  test('[S8][I23] restoreTable replaces one table alone', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.nodes.create({ id: 'n' });
      tx.tasks.create({ id: 't' });
    });
    await store.restoreTable('task', [{ id: 'u' }]);
    expect(store.view((tx) => [ids(tx.nodes.find(all)), ids(tx.tasks.find(all))])).toEqual([['n'], ['u']]);
    await rejected(store.restoreTable('tasks' as never, []), 'ERR_UNKNOWN_ACTION');
  });
});

describe('applyStoreActions', () => {
  test('[S9] applyStoreActions applies all or nothing, with events and old objects', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.applyStoreActions([
      { action: StoreActionKind.CREATE, node: { id: 'n', meta: { version: { index: 9 } } } },
      { action: StoreActionKind.UPDATE, node: { id: 'n', role: 1 } },
      { action: StoreActionKind.CREATE, task: { id: 't' } },
      { action: StoreActionKind.REMOVE, task: { id: 't', slot: 4 } },
    ]);
    await rejected(
      store.applyStoreActions([
        { action: StoreActionKind.CREATE, node: { id: 'm' } },
        { action: StoreActionKind.REMOVE, node: { id: 'unknown' } },
      ]),
      'ERR_NOT_EXIST',
    );
    await store.close();
    const events: StoreEvent[] = [];
    for await (const event of watcher) events.push(event);
    expect(events.map(brief)).toEqual(['create node n', 'update node n', 'create task t', 'delete task t', 'commit']);
    expect(events[0]?.object?.meta.version.index).toBe(9);
    expect(events[1]?.oldObject).toBe(events[0]?.object);
    expect(events[3]?.object).toMatchObject({ slot: 0 });
  });

  test('[S10] applyStoreActions refuses unknown actions, and checks existence, kinds and extensions', async () => {
    const store = new MemoryStore();
    await store.restore({
      extensions: [{ id: 'e', annotations: { name: 'Cat' } }],
      resources: [{ id: 'r', kind: 'Cat', annotations: { name: 'tom' } }],
    });
    const apply = (action: object): Promise<void> => store.applyStoreActions([action]);
    expect(await rejected(apply({ action: 1 }), 'ERR_UNKNOWN_ACTION')).toMatchObject({
      index: 0,
      message: expect.stringContaining('has no target'),
    });
    await rejected(apply({ action: 0, node: { id: 'n' } }), 'ERR_UNKNOWN_ACTION');
    await rejected(apply({ action: 4, node: { id: 'n' } }), 'ERR_UNKNOWN_ACTION');
    await rejected(apply({ action: 1, node: { id: 5 } }), 'ERR_INVALID_OBJECT');
    await rejected(apply({ action: 1, node: {}, task: {} }), 'ERR_INVALID_OBJECT');
    await rejected(apply({ action: 1, extension: { id: 'e' } }), 'ERR_EXIST');
    await rejected(apply({ action: 2, node: { id: 'n' } }), 'ERR_NOT_EXIST');
    await rejected(apply({ action: 3, node: { id: 'n' } }), 'ERR_NOT_EXIST');
    await rejected(apply({ action: 1, resource: { id: 'q', kind: 'dog' } }), 'ERR_NO_KIND');
    await rejected(apply({ action: 2, resource: { id: 'q', kind: 'dog' } }), 'ERR_NO_KIND');
    await rejected(apply({ action: 2, extension: { id: 'e' } }), 'ERR_EXTENSION_IMMUTABLE');
    await rejected(apply({ action: 3, extension: { id: 'e' } }), 'ERR_EXTENSION_IN_USE');
    await rejected(store.applyStoreActions(null as never), 'ERR_INVALID_OBJECT');
  });

  test('[S4][S10][S15] applyStoreActions checks no names, ids or drivers', async () => {
    const store = new MemoryStore();
    await store.applyStoreActions([
      { action: 1, extension: { id: 'e', annotations: { name: 'Task' } } },
      { action: 1, resource: { id: 'r', kind: 'tasK', annotations: { name: 'same' } } },
      { action: 1, resource: { id: 's', kind: 'task', annotations: { name: 'SAME' } } },
      // The kind is spelled otherwise, which does not protect the extension in a log.
      { action: 3, extension: { id: 'e' } },
      { action: 1, node: {} },
      { action: 1, volume: { id: 'v' } },
      { action: 1, service: named('1', 'web') },
      { action: 1, service: named('2', 'WEB') },
    ]);
    store.view((tx) => {
      expect(ids(tx.resources.find(byName('same')))).toEqual(['r', 's']);
      expect(ids(tx.services.find(byName('web')))).toEqual(['1', '2']);
      expect(ids(tx.nodes.find(byId('')))).toEqual(['']);
      expect(tx.volumes.find(byDriver(''))).toEqual([]);
      expect(ids(tx.volumes.find(all))).toEqual(['v']);
    });
  });

  test('[S11] an empty log entry is applied without events', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.applyStoreActions([]);
    expect(await drain(store, watcher)).toEqual([]);
  });

  test('[S14] the golden log entry gives the original’s bytes', async () => {
    const store = new MemoryStore();
    await store.applyStoreActions(InternalRaftRequest.decode(golden('actions-single.bin')).action);
    expect(bytesOf(store)).toBe(Buffer.from(golden('actions-single-applied.bin')).toString('hex'));
  });
});

describe('apply', () => {
  test('[S12] apply replays commits of every kind, all or nothing', async () => {
    const source = new MemoryStore();
    const copy = new MemoryStore();
    const commits = source.watch().commits();
    await source.restore(StoreSnapshot.decode(golden('snapshot-single.bin')));
    await source.restore({});
    for (let n = 0; n < 2; n += 1) {
      const { value } = await commits.next();
      expect(new Set(value?.events.map((event) => event.kind)).size).toBe(10);
      await copy.apply(value ?? { events: [] });
      if (n === 0) expect(copy.stats().rows.tasks).toBeGreaterThan(0);
    }
    expect(bytesOf(copy)).toBe(bytesOf(source));
    await rejected(
      copy.apply({
        events: [
          { action: 'create', kind: 'node', object: { id: 'n' } },
          { action: 'delete', kind: 'node', object: { id: 'm' } },
        ] as never,
      }),
      'ERR_NOT_EXIST',
    );
    await rejected(
      copy.apply({ events: [{ action: 'update', kind: 'extension', object: { id: 'n' } }] as never }),
      'ERR_NOT_EXIST',
    );
    for (const event of [{ action: 'rename', kind: 'node' }, { action: 'create', kind: 'nodes', object: {} }, null]) {
      expect(
        await rejected(copy.apply({ events: [{ action: 'commit' }, event] as never }), 'ERR_UNKNOWN_ACTION'),
      ).toMatchObject({
        index: 1,
      });
    }
    expect(copy.stats().rows.nodes).toBe(0);
    await copy.apply({ events: [{ action: 'commit' }] });
    for (const nothing of [null, undefined, {}, { events: {} }])
      await rejected(copy.apply(nothing as never), 'ERR_INVALID_OBJECT');
  });

  test('[S13] a store that applies every commit of another saves the same bytes at every commit', async () => {
    const source = new MemoryStore();
    const copy = new MemoryStore();
    await source.update((tx) => tx.nodes.create({ id: 'n0' }));
    const { value, watcher } = source.viewAndWatch((tx) => source.save(tx));
    await copy.restore(value);
    const states: string[] = [];
    const record = (): void => void states.push(bytesOf(source));
    await source.update((tx) => tx.services.create(named('s', 'web')));
    record();
    await source.update((tx) => {
      tx.services.delete('s');
      tx.services.create(named('s', 'web'));
      tx.tasks.create({ id: 't' });
    });
    record();
    await source.restore({
      extensions: [{ id: 'e', annotations: { name: 'kind' } }],
      services: [named('s', 'x'), named('u', 'web')],
    });
    record();
    await source.restore({
      extensions: [{ id: 'e', annotations: { name: 'other' } }],
      resources: [{ id: 'r', kind: 'orphan' }],
    });
    record();
    await source.close();
    for await (const commit of watcher.commits()) {
      await copy.apply(commit);
      expect(bytesOf(copy)).toBe(states.shift());
    }
    expect(states).toEqual([]);
  });
});
