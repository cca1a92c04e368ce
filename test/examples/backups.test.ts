import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { backups } from '../../examples/resources/backup.ts';
import { runBackups } from '../../examples/resources/backup-loop.ts';
import { VirtualClock } from './support/virtual-clock.ts';
import { microtasks } from '../support/microtasks.ts';

test('[Y33] the example of backups saves volumes when due, goes on after failures, ends with its store', async () => {
  const store = new MemoryStore();
  const clock = new VirtualClock(10_000);
  const saved: string[] = [];
  const errors: string[] = [];
  let broken = false;
  const running = runBackups(store, {
    clock,
    save: async (volumeId) => {
      if (broken) throw new Error('full');
      saved.push(`${volumeId}@${clock.now()}`);
    },
    onError: (error, id) => void errors.push(`${id} ${String(error)}`),
  });
  await store.update((tx) => {
    backups.register(tx);
    backups
      .table(tx)
      .create({ id: 'b1', annotations: { name: '1' }, value: { volumeId: 'v1', everyMs: 5000, savedAt: 0 } });
    backups
      .table(tx)
      .create({ id: 'b2', annotations: { name: '2' }, value: { volumeId: 'v2', everyMs: 5000, savedAt: 8000 } });
  });
  const pass = async (time: number): Promise<void> => {
    for (let turn = 0; turn < 100; turn++) {
      await microtasks();
      if (clock.next === undefined || clock.next > time) return;
      clock.turnTo(clock.next);
    }
  };
  await pass(14_000);
  expect(saved).toEqual(['v1@10000', 'v2@13000']);
  broken = true;
  await pass(15_000);
  expect(errors[0]).toBe('b1 Error: full');
  broken = false;
  await pass(17_000);
  expect(saved[2]).toBe('v1@16000');
  expect(store.view((tx) => backups.table(tx).get('b1')!.value)).toMatchObject({ savedAt: 16_000 });
  await store.update((tx) => {
    backups.table(tx).delete('b1');
    backups.table(tx).delete('b2');
  });
  await microtasks();
  await store.close();
  await running;
  expect(clock.next).toBeUndefined();
});
