import { expect, test } from '@jest/globals';
import { MemoryStore, all, byId } from 'swarmstate';
import type { By, Kind, KindInputs, Kinds, ReadTable, ReadTx, SynchronousResult, Tx, WriteTable } from 'swarmstate';
import { rejected, thrown } from '../support/store-helpers.ts';

const work = async (tx: Tx): Promise<number> => {
  await Promise.resolve();
  return tx.nodes.count(all);
};

test('[T3] asynchronous callbacks do not compile, and are refused', async () => {
  const store = new MemoryStore();
  await store.update((tx) => tx.nodes.create({ id: 'n' }));
  // @ts-expect-error -- a promise is no SynchronousResult
  await rejected(store.update(work), 'ERR_ASYNC_CALLBACK');
  // @ts-expect-error -- an async callback returns a promise
  await rejected(store.update(async (tx) => tx.nodes.count(all)), 'ERR_ASYNC_CALLBACK'); // prettier-ignore
  // @ts-expect-error -- a step of a batch is synchronous
  await rejected(store.batch((batch) => batch.update(work)), 'ERR_ASYNC_CALLBACK'); // prettier-ignore
  // @ts-expect-error -- the callback of viewAndWatch is synchronous
  thrown(() => store.viewAndWatch(async (tx) => tx.nodes.count(all)), 'ERR_ASYNC_CALLBACK');
  // @ts-expect-error -- a recipe is synchronous
  await rejected(store.update((tx) => tx.nodes.modify('n', async (draft) => void (draft.role = 1))), 'ERR_ASYNC_CALLBACK'); // prettier-ignore
  // @ts-expect-error -- a thenable is no SynchronousResult
  await rejected(store.update(() => ({ then: (done: () => void) => done() })), 'ERR_ASYNC_CALLBACK'); // prettier-ignore
});

test('[T1][T22] calls have the type and the value of their callback’s result', async () => {
  const store = new MemoryStore();
  const id: string = await store.update((tx) => tx.nodes.create({ id: 'n' }).id);
  const nothing: void = await store.update((tx) => {
    tx.nodes.delete(id);
  });
  const maybe: Kinds['node'] | undefined = await store.update((tx) => tx.nodes.get(id));
  const object: { readonly count: number; readonly list: readonly Kinds['task'][] } = store.view((tx) => ({
    count: tx.tasks.count(all),
    list: tx.tasks.find(all),
  }));
  const later: Promise<number> = store.view(async (tx) => tx.tasks.count(all));
  const batch: 'done' = await store.batch(async () => 'done' as const);
  const { value }: { readonly value: number } = store.viewAndWatch((tx) => tx.tasks.count(all));
  const early: number | undefined = await store.update((tx) => {
    if (tx.nodes.count(all) === 0) return;
    return 1;
  });
  expect([nothing, maybe, object.count, await later, batch, value, early]).toEqual([
    undefined,
    undefined,
    0,
    0,
    'done',
    0,
    undefined,
  ]);
});

/** A wrapper of `update`, as a user may write it. */
async function logged<R extends SynchronousResult>(
  store: MemoryStore,
  log: string[],
  callback: (tx: Tx) => R,
): Promise<R> {
  log.push('begin');
  try {
    return await store.update(callback);
  } finally {
    log.push('end');
  }
}

test('[T1] a wrapper of update compiles when it is generic over SynchronousResult', async () => {
  const store = new MemoryStore();
  const log: string[] = [];
  const node: Kinds['node'] = await logged(store, log, (tx) => tx.nodes.create({ id: 'n' }));
  // @ts-expect-error -- the wrapper refuses promises too
  await rejected(logged(store, log, work), 'ERR_ASYNC_CALLBACK');
  expect([node.id, ...log]).toEqual(['n', 'begin', 'end', 'begin', 'end']);
});

/** Code over any kind. */
function replaceAll<K extends Kind>(tx: Tx, kind: K, inputs: readonly KindInputs[K][]): readonly Kinds[K][] {
  const table: WriteTable<K> = tx.table(kind);
  for (const object of table.find(all)) table.delete(object.id);
  for (const input of inputs) table.create(input);
  return table.find(all);
}

function countOf<K extends Kind>(tx: ReadTx, kind: K, by: By<K>): number {
  const table: ReadTable<K> = tx.table(kind);
  return table.count(by);
}

test('[T1][I23] code that is generic over kinds reads and writes the table of its kind', async () => {
  const store = new MemoryStore();
  const tasks: readonly Kinds['task'][] = await store.update((tx) =>
    replaceAll(tx, 'task', [{ id: 'a', slot: 1 }, { id: 'b' }]),
  );
  expect(tasks.map((task) => task.slot)).toEqual([1, 0]);
  expect(store.view((tx) => countOf(tx, 'task', byId('a')))).toBe(1);
  // A Tx is also a ReadTx.
  expect(await store.update((tx) => countOf(tx, 'task', all))).toBe(2);
  // @ts-expect-error -- there is no such kind
  thrown(() => store.view((tx) => countOf(tx, 'tasks', all)), 'ERR_INVALID_FIND_BY');
  // @ts-expect-error -- a ReadTx does not write
  const table: WriteTable<'node'> = store.view((tx) => tx.nodes);
  expect(table.create).toBeUndefined();
});
