import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { brief, createNode, deferred, nodeIds, rejected, take } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

describe('what is proposed', () => {
  test('[P1] the changes of a transaction are proposed as store actions, in order', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.tasks.create({ id: 't1' });
      tx.tasks.modify('t1', (draft) => {
        draft.slot = 2;
      });
      tx.nodes.delete('n1');
    });
    await store.update((tx) => tx.nodes.count(all));
    expect(proposer.proposed).toHaveLength(1);
    const [actions] = proposer.proposed;
    expect(actions?.map((action) => [action.action, action.node?.id ?? action.task?.id])).toEqual([
      [1, 'n1'],
      [1, 't1'],
      [2, 't1'],
      [3, 'n1'],
    ]);
    expect(actions?.[2]?.task).toBe(store.view((tx) => tx.tasks.get('t1')));
    expect(Object.isFrozen(actions)).toBe(true);
  });

  test('[P2][P3] a proposal is invisible before commit; then its state and events appear in one step', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    await createNode(store, 'n0');
    const proposal = deferred<() => void>();
    const settled = deferred();
    proposer.scripts.push(({ actions, commit }) => {
      proposal.resolve(() => {
        proposer.append(actions, commit);
      });
      return settled.promise;
    });
    const watcher = store.watch();
    let done = false;
    const update = createNode(store, 'n1').then((node) => {
      done = true;
      return node;
    });
    const commit = await proposal.promise;
    expect(nodeIds(store)).toEqual(['n0']);
    const { value, watcher: second } = store.viewAndWatch((tx) => [tx.nodes.count(all), tx.version?.index]);
    expect(value).toEqual([1, 1]);
    using snapshot = store.snapshot();
    commit();
    expect(nodeIds(store)).toEqual(['n0', 'n1']);
    expect(store.version).toEqual({ index: 2 });
    expect(await take(watcher, 2)).toEqual(['create node n1', 'commit']);
    expect(await take(second, 2)).toEqual(['create node n1', 'commit']);
    expect(done).toBe(false);
    settled.resolve();
    expect((await update).id).toBe('n1');
    expect(snapshot.nodes.count(all)).toBe(1);
    expect(snapshot.version).toEqual({ index: 1 });
  });
});

describe('closing', () => {
  test('[P30] close waits for the proposal in flight', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const settled = proposer.holdNext();
    const watcher = store.watch();
    const update = createNode(store, 'n1');
    const waiting = createNode(store, 'n2');
    let closed = false;
    const closing = store.close().then(() => {
      closed = true;
    });
    await rejected(waiting, 'ERR_STORE_CLOSED');
    expect(closed).toBe(false);
    settled.resolve();
    expect((await update).id).toBe('n1');
    await closing;
    const events: string[] = [];
    for await (const event of watcher) events.push(brief(event));
    expect(events).toEqual(['create node n1', 'commit']);
  });

  test.each([false, true])('[P70] a change that comes after the close is refused; held: %p', async (held) => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const settled = proposer.holdNext();
    const update = held ? createNode(store, 'n1') : undefined;
    const closing = store.close();
    settled.resolve();
    await Promise.all([update, closing]);
    await rejected(proposer.foreign([{ action: 1, node: { id: 'late' } }]), 'ERR_STORE_CLOSED');
    await rejected(proposer.replica?.restoreFrom([], { index: 9 }) as Promise<void>, 'ERR_STORE_CLOSED');
    expect(nodeIds(store)).toEqual(held ? ['n1'] : []);
  });
});
