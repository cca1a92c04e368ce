import { expectGrowthWithSize } from '../support/counted-work.ts';
import { describe, test } from '@jest/globals';
import {
  MemoryStore,
  and,
  byCustom,
  byCustomPrefix,
  byId,
  byIdPrefix,
  byNodeId,
  describeFinder,
  finderOf,
  matches,
  or,
} from 'swarmstate';
import type { Selector, TaskInput } from 'swarmstate';
import { StoreSnapshot, Task } from 'swarmstate/proto';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { deferred } from '../support/store-helpers.ts';

const SIZE = 300;

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** A task with that many keys in the index of custom keys. */
function taskWithKeys(id: string, count: number, from = 0): TaskInput & { readonly id: string } {
  return { id, annotations: { indices: numbers(count).map((n) => ({ key: 'k', val: `v${n + from}` })) } };
}

interface Prepared {
  readonly size: number;
  readonly store: MemoryStore;
  readonly snapshot: ReturnType<MemoryStore['snapshot']> | undefined;
}

/** A store with two tasks of as many keys. */
async function twoTasks(size: number, withSnapshot: boolean): Promise<Prepared> {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.tasks.create(taskWithKeys('a', size));
    tx.tasks.create(taskWithKeys('b', size));
  });
  return { size, store, snapshot: withSnapshot ? store.snapshot() : undefined };
}

describe.each([
  ['without a snapshot', false],
  ['beside a snapshot', true],
])('an object with many keys, %s', (_name, withSnapshot) => {
  const prepare = (size: number): Promise<Prepared> => twoTasks(size, withSnapshot);
  const writes: Readonly<Record<string, (prepared: Prepared) => Promise<void>>> = {
    create: ({ store, size }) =>
      store.update((tx) => {
        tx.tasks.create(taskWithKeys('c', size));
      }),
    delete: ({ store }) =>
      store.update((tx) => {
        tx.tasks.delete('a');
        tx.tasks.delete('b');
      }),
    'an update to other keys': ({ store, size }) =>
      store.update((tx) => {
        tx.tasks.update(taskWithKeys('a', size, size / 2));
      }),
    'a change of one key': ({ store }) =>
      store.update((tx) => {
        tx.tasks.modify('a', (draft) => {
          draft.annotations.indices.push({ key: 'another', val: '' });
        });
      }),
    'a rollback': async ({ store, size }) => {
      await store
        .update((tx) => {
          tx.tasks.update(taskWithKeys('a', size, size / 2));
          throw new Error('no');
        })
        .catch(() => undefined);
    },
  };
  test.each(Object.entries(writes))('[M7] %s costs in proportion to its keys', (_write, write) =>
    expectGrowthWithSize(SIZE, prepare, async (prepared) => {
      await write(prepared);
      prepared.snapshot?.close();
    }),
  );
});

test('[M7] a snapshot that is opened in a transaction costs in proportion to the keys that were changed', () =>
  expectGrowthWithSize(
    SIZE,
    (size) => twoTasks(size, false),
    ({ store, size }) =>
      store.update((tx) => {
        tx.tasks.update(taskWithKeys('a', size, size / 2));
        store.snapshot().close();
      }),
  ));

test.each(['change', 'delete'])('[M7] a prefix find on a snapshot costs in proportion to the keys after a %s', (what) =>
  expectGrowthWithSize(
    SIZE,
    async (size) => {
      const prepared = await twoTasks(size, true);
      await prepared.store.update((tx) => {
        for (const id of ['a', 'b']) {
          if (what === 'delete') tx.tasks.delete(id);
          else tx.tasks.update(taskWithKeys(id, size + 1));
        }
      });
      return prepared;
    },
    ({ snapshot }) => {
      const tasks = snapshot?.tasks;
      if (tasks?.find(byCustomPrefix('k', '')).length !== 2) throw new Error('not found');
      tasks.count(byCustomPrefix('k', ''));
      Array.from(tasks.iterate(byCustomPrefix('k', '')));
      snapshot?.close();
    },
  ),
);

describe('many versions of an object with many keys', () => {
  test('[M7] a delete costs in proportion to the keys of all versions that snapshots see', () =>
    expectGrowthWithSize(
      SIZE,
      async (size) => {
        const prepared = await twoTasks(size, true);
        const snapshots = [prepared.snapshot];
        for (let version = 0; version < 5; version += 1) {
          await prepared.store.update((tx) => {
            tx.tasks.update({ ...taskWithKeys('a', size), slot: version });
          });
          snapshots.push(prepared.store.snapshot());
        }
        return { ...prepared, snapshots };
      },
      async ({ store, snapshots }) => {
        await store.update((tx) => {
          tx.tasks.delete('a');
        });
        for (const snapshot of snapshots) snapshot?.close();
      },
    ));
});

/** A store with that many tasks, each with a custom key of its own. */
async function manyTasks(size: number): Promise<{ readonly size: number; readonly store: MemoryStore }> {
  const store = new MemoryStore({ history: 10 });
  await store.update((tx) => {
    for (const n of numbers(size)) tx.tasks.create({ ...taskWithKeys(`t${n}`, 1, n), nodeId: `n${n}` });
  });
  return { size, store };
}

describe('finders and selectors with many members', () => {
  const finders = {
    'or of ids': (size: number) => or(...numbers(size).map((n) => byId(`t${n}`))),
    'or of exact keys': (size: number) => or(...numbers(size).map((n) => byCustom('k', `v${n}`))),
    'or of prefixes': (size: number) => or(...numbers(size).map((n) => byIdPrefix(`t${n}-`))),
    'or of or': (size: number) => or(or(...numbers(size).map((n) => byNodeId(`n${n}`))), or(or(byId('t0')))),
    and: (size: number) => and(byId('t0'), ...numbers(size).map(() => byIdPrefix('t'))),
  };

  test.each(Object.entries(finders))('[M8] %s costs in proportion to its members', (_name, finderOfSize) =>
    expectGrowthWithSize(SIZE, manyTasks, ({ store, size }) => {
      const by = finderOfSize(size);
      store.view((tx) => [tx.tasks.find(by), tx.tasks.count(by), [...tx.tasks.iterate(by)]]);
      matches(by, 'task', Task.from({ id: 'none' }));
      finderOf(describeFinder(by), 'task');
    }),
  );

  const deep = 100;
  test.each([
    ['or', or],
    ['and', and],
  ] as const)('[M8] nested %s costs in proportion to its levels', (_name, combine) =>
    expectGrowthWithSize(
      deep,
      (size) => ({ size, store: new MemoryStore() }),
      ({ size, store }) => {
        let by = combine(byId('t0'));
        for (const n of numbers(size)) by = combine(by, byId(`t${n}`));
        store.view((tx) => tx.tasks.find(by));
        store.watch({ events: [{ kind: 'task', by, action: 'create' }] }).close();
        finderOf(describeFinder(by), 'task');
      },
    ),
  );

  const selectors: Readonly<Record<string, (size: number) => Selector[]>> = {
    'one selector of many ids': (size) => [{ kind: 'task', action: 'update', by: finders['or of ids'](size) }],
    'one selector of many keys': (size) => [{ kind: 'task', action: 'update', by: finders['or of exact keys'](size) }],
    'many selectors': (size) =>
      numbers(size).map((n) => ({ kind: 'task', by: byNodeId(`n${n}`), check: (_object) => true })),
  };
  const writeAll = async ({ store, size }: { readonly store: MemoryStore; readonly size: number }): Promise<void> => {
    await store.update((tx) => {
      for (const n of numbers(size)) tx.tasks.modify(`t${n}`, (draft) => void (draft.slot = 7));
      for (const n of numbers(size)) tx.tasks.create({ id: `u${n}` });
    });
  };
  test.each(Object.entries(selectors))('[M8] a watch with %s costs in proportion to selectors and events', (_n, of) =>
    expectGrowthWithSize(SIZE, manyTasks, async (prepared) => {
      const watcher = prepared.store.watch({ events: of(prepared.size) });
      await writeAll(prepared);
      watcher.close();
    }),
  );
  test.each(Object.entries(selectors))('[M8] a watch of the past with %s costs as much', (_n, of) =>
    expectGrowthWithSize(
      SIZE,
      async (size) => {
        const prepared = await manyTasks(size);
        await writeAll(prepared);
        return prepared;
      },
      async ({ store, size }) => {
        const from = store.version;
        const watcher = await store.watchFrom({ index: (from?.index ?? 0) - 1 }, { events: of(size) });
        await watcher.next();
        watcher.close();
      },
    ),
  );
});

test('[M8] ending many watchers, in any order, costs in proportion to their number', () =>
  expectGrowthWithSize(
    SIZE,
    (size) => {
      const store = new MemoryStore();
      return { store, watchers: numbers(size).map(() => store.watch()) };
    },
    async ({ store, watchers }) => {
      for (const watcher of watchers) watcher.close();
      await store.update((tx) => tx.tasks.create({ id: 't' }));
    },
  ));

test('[M8] a watcher that overflowed is read to its end in proportion to what waited', () =>
  expectGrowthWithSize(
    SIZE,
    async (size) => {
      const store = new MemoryStore();
      const watcher = store.watch({ limit: 2 * size });
      for (const n of numbers(size + 1)) await store.update((tx) => tx.tasks.create({ id: `t${n}` }));
      return watcher;
    },
    async (watcher) => {
      for (let done: boolean | undefined = false; done !== true;)
        done = await watcher.next().then(
          (result) => result.done,
          () => true,
        );
    },
  ));

test('[M8] changes that wait for a snapshot of the proposer are applied in proportion to their number', () =>
  expectGrowthWithSize(
    SIZE,
    (size) => {
      const proposer = new AttachedProposer();
      return { size, proposer, store: new MemoryStore({ proposer }) };
    },
    async ({ size, proposer }) => {
      const gate = deferred();
      const source = async function* (): AsyncGenerator<Uint8Array> {
        await gate.promise;
        yield StoreSnapshot.encode({ nodes: [{ id: 'n' }] });
      };
      const restoring = proposer.replica?.restoreFrom(source(), { index: 1 }, { sealed: false });
      proposer.index = 1;
      const changes = numbers(size).map((n) => proposer.foreign([{ action: 1, task: { id: `t${n}` } }]));
      gate.resolve();
      await restoring;
      await Promise.all(changes);
    },
  ));
