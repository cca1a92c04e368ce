import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { Batch } from 'swarmstate';
import { InternalRaftRequest } from 'swarmstate/proto';
import { rejected } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

const now = (): { seconds: number; nanos: number } => ({ seconds: 1, nanos: 0 });

function createConfigs(batch: Batch, sizes: Readonly<Record<string, number>>): Promise<void> {
  return batch.update((tx) => {
    for (const [id, bytes] of Object.entries(sizes))
      tx.configs.create({ id, spec: { annotations: { name: id }, data: new Uint8Array(bytes) } });
  });
}

/** The ids in each proposal. */
function proposed({ proposed: proposals }: ScriptedProposer): readonly (readonly (string | undefined)[])[] {
  return proposals.map((actions) => actions.map((action) => action.config?.id));
}

describe('the sizes of a batch’s transactions', () => {
  test('[P23] steps of exactly the limit together are one transaction; one byte more divides them', async () => {
    const measured = new ScriptedProposer();
    await new MemoryStore({ proposer: measured, now }).batch((batch) => createConfigs(batch, { a: 100, b: 500 }));
    const { length } = InternalRaftRequest.encode({ id: 2n ** 64n - 1n, action: measured.proposed[0] });
    for (const [limit, ids] of [
      [length, [['a', 'b']]],
      [length - 1, [['a'], ['b']]],
    ] as const) {
      const proposer = new ScriptedProposer({ maxTransactionBytes: limit });
      await new MemoryStore({ proposer, now }).batch(async (batch) => {
        await createConfigs(batch, { a: 100 });
        await createConfigs(batch, { b: 500 });
      });
      expect(proposed(proposer)).toEqual(ids);
    }
  });

  test('[P22][P25] a step that writes more than the limit when it runs again ends its batch', async () => {
    const measured = new ScriptedProposer();
    measured.index = 1;
    await new MemoryStore({ proposer: measured, now }).batch((batch) => createConfigs(batch, { grows: 500 }));
    const { length } = InternalRaftRequest.encode({ id: 2n ** 64n - 1n, action: measured.proposed[0] });
    for (const limit of [length, length - 1]) {
      const proposer = Object.assign(new AttachedProposer(), { maxTransactionBytes: limit });
      const store = new MemoryStore({ proposer, now });
      const running = store.batch(async (batch) => {
        await batch.update((tx) => {
          const data = new Uint8Array(tx.nodes.count(all) === 0 ? 1 : 500);
          tx.configs.create({ id: 'grows', spec: { annotations: { name: 'grows' }, data } });
        });
        await proposer.foreign([{ action: 1, node: { id: 'n1' } }]);
      });
      if (limit === length) await running;
      else expect(await rejected(running, 'ERR_BATCH_FAILED')).toMatchObject({ cause: { bytes: length, limit } });
      expect(store.stats().rows).toMatchObject({ nodes: 1, configs: limit === length ? 1 : 0 });
    }
  });
});
