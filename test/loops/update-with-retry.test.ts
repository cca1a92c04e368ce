import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { TaskDraft } from 'swarmstate';
import { updateWithRetry } from 'swarmstate/loops';
import { ScriptedProposer } from '../support/scripted-proposer.ts';
import { rejected } from '../support/store-helpers.ts';
import { microtasks } from '../support/microtasks.ts';

describe.each([
  ['a plain store', () => new MemoryStore()],
  ['a store with versions', () => new MemoryStore({ proposer: new ScriptedProposer() })],
])('updateWithRetry on %s', (_name, make) => {
  test('[Y28] updateWithRetry runs its recipe again when the object was changed meanwhile', async () => {
    const store = make();
    await store.update((tx) => tx.tasks.create({ id: 't', slot: 1 }));
    const seen: number[] = [];
    const result = await updateWithRetry(store, 'task', 't', async (draft, stored) => {
      seen.push(stored.slot);
      if (seen.length < 3) await store.update((tx) => tx.tasks.modify('t', (other) => void (other.slot += 10)));
      draft.nodeId = `node-${draft.slot}`;
    });
    expect(seen).toEqual([1, 11, 21]);
    expect(result).toBe(store.view((tx) => tx.tasks.get('t')));
    expect(result).toMatchObject({ slot: 21, nodeId: 'node-21' });
  });

  test('[Y28] updateWithRetry writes nothing when nothing changes, and rejects with every error', async () => {
    const store = make();
    const task = await store.update((tx) => tx.tasks.create({ id: 't', slot: 1 }));
    const watcher = store.watch();
    expect(await updateWithRetry(store, 'task', 't', (draft) => void (draft.meta.version.index = 99))).toBe(task);
    await rejected(
      updateWithRetry(store, 'task', 'x', () => undefined),
      'ERR_NOT_EXIST',
    );
    await rejected(
      updateWithRetry(store, 'task', 't', (draft) => void (draft.id = 'x')),
      'ERR_INVALID_OBJECT',
    );
    await expect(updateWithRetry(store, 'task', 't', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      updateWithRetry(store, 'task', 't', () => undefined, { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    let runs = 0;
    const hopeless = updateWithRetry(
      store,
      'task',
      't',
      async (draft) => {
        runs += 1;
        await store.update((tx) => tx.tasks.modify('t', (other) => void (other.slot += 10)));
        draft.nodeId = 'n';
      },
      { attempts: 2 },
    );
    await rejected(hopeless, 'ERR_SEQUENCE_CONFLICT');
    const gone = updateWithRetry(store, 'task', 't', () => store.update((tx) => tx.tasks.delete('t')));
    await rejected(gone, 'ERR_NOT_EXIST');
    await store.close();
    let commits = 0;
    for await (const { events } of watcher.commits()) commits += events.length > 0 ? 1 : 0;
    expect([runs, commits]).toEqual([2, 3]);
  });
});

test('[Y28] a signal ends updateWithRetry while it waits for the write lock', async () => {
  const proposer = new ScriptedProposer();
  const store = new MemoryStore({ proposer });
  await store.update((tx) => tx.tasks.create({ id: 't', slot: 1 }));
  const held = proposer.holdNext();
  const first = store.update((tx) => tx.tasks.create({ id: 'other' }));
  const controller = new AbortController();
  const waiting = updateWithRetry(store, 'task', 't', (draft) => void (draft.slot = 2), { signal: controller.signal });
  await microtasks();
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  held.resolve();
  await first;
  expect(store.view((tx) => tx.tasks.get('t')!.slot)).toBe(1);
});

test.each([0, -1, Number.NaN, 1.5, '3'])('[Y36] updateWithRetry refuses %p attempts', async (attempts) => {
  const options = { attempts } as never;
  await rejected(
    updateWithRetry(new MemoryStore(), 'task', 't', () => undefined, options),
    'ERR_INVALID_OBJECT',
  );
});

test('[T37] updateWithRetry takes an object that its recipe returns, with parts of the draft in it', async () => {
  const store = new MemoryStore({ history: 10 });
  const stored = await store.update((tx) =>
    tx.tasks.create({ id: 't', slot: 1, spec: { container: { image: 'nginx' } } }),
  );
  const result = await updateWithRetry(store, 'task', 't', async (draft) => Promise.resolve({ ...draft, slot: 2 }));
  expect(result).toMatchObject({ slot: 2, spec: { container: { image: 'nginx' } } });
  expect(result.spec).toBe(stored.spec);
  expect(await updateWithRetry(store, 'task', 't', (draft) => draft)).toBe(result);
  for (const recipe of [() => 5, (draft: TaskDraft) => ({ ...draft, slot: (draft.slot = 7) })])
    await rejected(updateWithRetry(store, 'task', 't', recipe as () => void), 'ERR_INVALID_OBJECT');
  expect(store.view((tx) => tx.tasks.get('t'))).toBe(result);
});
