import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, isStoreError } from 'swarmstate';
import { AttachedProposer, GroupProposer, ScriptedProposer } from '../support/scripted-proposer.ts';
import { createNode, nodeIds } from '../support/store-helpers.ts';

function lateErrors(store: MemoryStore): unknown[] {
  const errors: unknown[] = [];
  store.on('late-error', ({ error }) => errors.push(error));
  return errors;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was rejected');
}

describe('a proposer that throws where it is looked at', () => {
  test('[P45] an error whose code throws, and a revoked proxy, reject the update unchanged', async () => {
    const thrower = Object.defineProperty(new Error('odd'), 'code', {
      get: () => {
        throw new Error('never look');
      },
    });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const error of [thrower, revoked.proxy]) {
      const proposer = new ScriptedProposer();
      const store = new MemoryStore({ proposer });
      proposer.scripts.push(async () => {
        throw error;
      });
      // Compared without a matcher and without a promise: both look at the value.
      const same = await createNode(store, 'a').then(
        () => false,
        (reason: unknown) => reason === error,
      );
      expect(same).toBe(true);
      await createNode(store, 'b');
      expect(nodeIds(store)).toEqual(['b']);
    }
  });

  test('[P45] a version that is none commits the decided transaction, and late-error tells', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const errors = lateErrors(store);
    proposer.scripts.push(({ commit }) => {
      proposer.index += 1;
      commit({ index: Number.NaN });
    });
    await createNode(store, 'a');
    expect(nodeIds(store)).toEqual(['a']);
    expect(errors).toHaveLength(1);
    expect(isStoreError(errors[0], 'ERR_INVALID_OBJECT')).toBe(true);
  });

  test.each(['maxTransactionBytes', 'maxAttempts'])(
    '[P45] limits that throw count as none, and late-error tells: %s',
    async (name) => {
      const proposer = new GroupProposer();
      const store = new MemoryStore({ proposer });
      const error = new Error('no limit for you');
      Object.defineProperty(proposer, name, {
        get: () => {
          throw error;
        },
      });
      const errors = lateErrors(store);
      await store.batch(async (batch) => {
        await batch.update((tx) => tx.nodes.create({ id: 'a' }));
      });
      // The limit of attempts is asked for where a race was lost.
      proposer.scripts.push(() => {
        throw new StoreError('ERR_PROPOSAL_CONFLICT', 'another member was first', {});
      });
      await createNode(store, 'b');
      expect(nodeIds(store)).toEqual(['a', 'b']);
      expect(new Set(errors)).toEqual(new Set([error]));
    },
  );
});

test('[P46] a version that goes back is told by late-error, and store.version stays', async () => {
  const proposer = new ScriptedProposer();
  const store = new MemoryStore({ proposer });
  const errors = lateErrors(store);
  proposer.index = 10;
  await createNode(store, 'a');
  proposer.scripts.push(({ commit }) => {
    commit({ index: 3 });
  });
  await createNode(store, 'b');
  expect(store.version).toEqual({ index: 11 });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toBeInstanceOf(StoreError);
});

test('[P47] replica.apply without actions is refused', async () => {
  const proposer = new AttachedProposer();
  const store = new MemoryStore({ proposer });
  const diverged: unknown[] = [];
  store.on('diverged', (event) => diverged.push(event));
  for (const actions of [undefined, null, {}, 'x']) {
    const error = await failure(proposer.replica?.apply(actions as never, { index: 1 }) as Promise<void>);
    expect(isStoreError(error, 'ERR_INVALID_OBJECT')).toBe(true);
  }
  expect(diverged).toHaveLength(4);
  expect(store.version).toEqual({ index: 0 });
});
