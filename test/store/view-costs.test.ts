import { expectGrowthWithSize } from '../support/counted-work.ts';
import { test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';

test('[T91] views beside a transaction cost in proportion to their number and its changes', () =>
  expectGrowthWithSize(
    60,
    async (size) => {
      const store = new MemoryStore();
      await store.update(() => store.view((tx) => tx.tasks.get('t1')));
      return { size, store };
    },
    ({ store, size }) =>
      store.update((tx) => {
        for (let n = 0; n < size; n += 1) tx.tasks.create({ id: `t${n}` });
        for (let n = 0; n < size; n += 1) store.view((view) => view.tasks.get(`t${n}`));
      }),
  ));
