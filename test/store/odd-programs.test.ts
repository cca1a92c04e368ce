import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';

describe('recipes', () => {
  test('[T17] a recipe may return its draft, or any part of it', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1' }));
    const stored = await store.update((tx) => tx.tasks.modify('t1', (draft) => Object.assign(draft, { slot: 3 })));
    expect(stored.slot).toBe(3);
    const again = await store.update((tx) => tx.tasks.modify('t1', (draft) => draft.spec));
    expect(again).toBe(stored);
  });
});
