import { expect, test } from '@jest/globals';
import { MemoryStore, byServiceId, isStoreError, newId } from 'swarmstate';
import { FaultyProposer, SharedLog, recordEvents } from 'swarmstate/testing';

/** The program under test: adds a task to a service, unless the service has enough. */
async function addTask(store: MemoryStore, serviceId: string, most: number): Promise<boolean> {
  return store.update((tx) => {
    if (tx.tasks.count(byServiceId(serviceId)) >= most) return false;
    tx.tasks.create({ id: newId(), serviceId });
    return true;
  });
}

test('[K7] two managers never add too many tasks, whatever goes wrong', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const log = new SharedLog();
    const faults = { fail: 0.1, 'lose-race': 0.2, 'unknown-landed': 0.1, 'unknown-late': 0.1, delay: 0.2 };
    const stores = [1, 2].map(
      (n) => new MemoryStore({ proposer: new FaultyProposer({ log, seed: 100 * n + seed, faults }) }),
    );
    const recorders = stores.map((store) => recordEvents(store));

    const calls = stores.flatMap((store) => [1, 2, 3, 4].map(() => addTask(store, 'web', 3)));
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'rejected') expect(isStoreError(outcome.reason, 'ERR_PROPOSER_BROKEN')).toBe(false);
    }
    await log.settle();

    for (const store of stores) expect(store.view((tx) => tx.tasks.count(byServiceId('web')))).toBeLessThanOrEqual(3);
    expect(stores[0]?.save()).toEqual(stores[1]?.save());
    for (const recorder of recorders) {
      recorder.assertOrdered();
      recorder.assertAtomic(log.entries);
      recorder.assertComplete();
    }
  }
});
