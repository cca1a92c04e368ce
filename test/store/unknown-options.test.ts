import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MemoryStore, all, isStoreError } from 'swarmstate';
import type { Replica } from 'swarmstate';
import { restoreFromFile, saveToFile } from 'swarmstate/files';
import { Commit, StoreEvent, Task, codecs } from 'swarmstate/proto';
import { AttachedProposer } from '../support/scripted-proposer.ts';

const folder = mkdtempSync(join(tmpdir(), 'options-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const store = new MemoryStore({ history: 10 });

/** A replica of a store. */
function replicaOf(): Replica {
  const proposer = new AttachedProposer();
  const { version } = new MemoryStore({ proposer });
  expect(version).toEqual(proposer.getVersion());
  return proposer.replica as Replica;
}

/** Each call that takes options, with the options that it is given. */
const calls: readonly [string, (options: never) => unknown][] = [
  ['new MemoryStore', (options) => new MemoryStore(options)],
  ['update', (options) => store.update(() => undefined, options)],
  ['watch', (options) => store.watch(options)],
  ['watchFrom', (options) => store.watchFrom(undefined, options)],
  ['viewAndWatch', (options) => store.viewAndWatch(() => 1, options)],
  ['restore', (options) => store.restore(store.save(), options)],
  ['saveTo', (options) => store.saveTo(new Writable(), options)],
  ['restoreFrom', (options) => store.restoreFrom([], options)],
  ['applyStoreActions', (options) => store.applyStoreActions([], options)],
  ['replica.restoreFrom', (options) => replicaOf().restoreFrom([], { index: 1 }, options)],
  ['iterate in a view', (options) => store.view((tx) => tx.tasks.iterate(all, options))],
  ['iterate in a snapshot', (options) => store.snapshot().nodes.iterate(all, options)],
  ['Task.toJson', (options) => Task.toJson({}, options)],
  ['codecs.node.toJson', (options) => codecs.node.toJson({ id: 'n' }, options)],
  ['Commit.toJson', (options) => Commit.toJson({ version: undefined, reset: false, events: [] } as never, options)],
  ['StoreEvent.toJson', (options) => StoreEvent.toJson({ action: 'commit' } as never, options)],
  ['saveToFile', (options) => saveToFile(store, join(folder, 'file'), options)],
  ['restoreFromFile', (options) => restoreFromFile(store, join(folder, 'file'), options)],
];

describe.each(calls)('%s', (_, call) => {
  test('[S39] refuses options that it does not know, with their path, and values that are no options', async () => {
    for (const [options, path] of [
      [{ nonsense: 1 }, ['nonsense']],
      [null, []],
      [5, []],
      [[], []],
    ] as const) {
      const error: unknown = await Promise.resolve(options as never)
        .then(call)
        .catch((reason: unknown) => reason);
      expect(isStoreError(error, 'ERR_INVALID_OBJECT') && error.path).toEqual(path);
    }
    expect(store.stats()).toMatchObject({ watchers: 0, waiting: 0 });
  });
});

test.each([{}, { yieldAfterMs: NaN }, { yieldAfterMs: -1 }, { yieldAfterMs: '5' }, { yieldAfterMs: 5, signal: {} }])(
  '[S39] iterate refuses %p',
  (options) => {
    using snapshot = store.snapshot();
    expect(() => snapshot.tasks.iterate(all, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OBJECT' }),
    );
  },
);

test.each(calls.filter(([name]) => ['saveTo', 'restoreFrom', 'replica.restoreFrom'].includes(name)))(
  '[S39] %s refuses a signal that is none',
  async (_, call) => {
    for (const signal of [5, {}, new AbortController()]) {
      const error: unknown = await Promise.resolve({ signal } as never)
        .then(call)
        .catch((reason: unknown) => reason);
      expect(isStoreError(error, 'ERR_INVALID_OBJECT') && error.path).toEqual(['signal']);
    }
  },
);
