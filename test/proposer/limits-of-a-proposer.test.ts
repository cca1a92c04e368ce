import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError } from 'swarmstate';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

class Losing extends ScriptedProposer {
  readonly maxAttempts = 30;
  attempts = 0;

  override proposeValue(): Promise<void> {
    this.attempts += 1;
    return Promise.reject(new StoreError('ERR_PROPOSAL_CONFLICT', 'another was faster', {}));
  }
}

test('[P60] a proposer says how often a transaction is built that loses races, also for a batch', async () => {
  const proposer = new Losing();
  const store = new MemoryStore({ proposer });
  const conflict = { code: 'ERR_PROPOSAL_CONFLICT' };
  await expect(store.update((tx) => tx.nodes.create({ id: 'a' }))).rejects.toMatchObject(conflict);
  expect(proposer.attempts).toBe(30);
  await expect(store.batch((batch) => batch.update((tx) => void tx.nodes.create({ id: 'a' })))).rejects.toMatchObject({
    code: 'ERR_BATCH_FAILED',
    cause: conflict,
  });
  expect(proposer.attempts).toBe(60);
});

test.each([0, -1, 1.5, NaN, '5'])('[P34] maxAttempts %p is refused', (maxAttempts) => {
  const proposer = Object.assign(new ScriptedProposer(), { maxAttempts }) as unknown as ScriptedProposer;
  expect(() => new MemoryStore({ proposer })).toThrow('maxAttempts');
});

describe('the calls of a replica that change nothing', () => {
  test('[P61] refuseWaiting rejects the writers in the write queue; the holder and later writers go on', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    let decide: () => void = () => undefined;
    proposer.scripts.push(async ({ actions, commit }) => {
      await new Promise<void>((resolve) => {
        decide = resolve;
      });
      proposer.append(actions, commit);
    });
    const holder = store.update((tx) => tx.nodes.create({ id: 'a' }).id);
    const waiting = store.update((tx) => tx.nodes.create({ id: 'b' }).id);
    const reason = new Error('the log is away');
    proposer.replica?.refuseWaiting(reason);
    await expect(waiting).rejects.toBe(reason);
    const later = store.update((tx) => tx.nodes.create({ id: 'c' }).id);
    const closing = store.close();
    proposer.replica?.refuseWaiting(reason);
    await expect(later).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
    decide();
    expect(await holder).toBe('a');
    await closing;
    expect(store.view((tx) => tx.nodes.get('a')?.id)).toBe('a');
  });

  test('[P61] diverged is told by the event of that name', () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const told: unknown[] = [];
    store.on('diverged', (event) => told.push(event));
    const error = new Error('another log');
    proposer.replica?.diverged(error, { index: 3 });
    expect(told).toEqual([{ error, version: { index: 3 } }]);
  });
});
