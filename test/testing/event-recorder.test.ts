import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { StoreEvent, Watcher } from 'swarmstate';
import { FaultyProposer, recordEvents } from 'swarmstate/testing';
import type { EventRecorder } from 'swarmstate/testing';

/** Records three transactions of a store with a history. */
async function recorded(): Promise<{ proposer: FaultyProposer; store: MemoryStore; recorder: EventRecorder }> {
  const proposer = new FaultyProposer();
  const store = new MemoryStore({ proposer });
  const recorder = recordEvents(store);
  await store.update((tx) => {
    tx.nodes.create({ id: 'n1' });
    tx.nodes.create({ id: 'n2' });
  });
  await store.update((tx) => {
    tx.nodes.modify('n1', (draft) => {
      draft.description = { hostname: 'h' };
    });
  });
  await store.update((tx) => {
    tx.nodes.delete('n2');
  });
  await recorder.settle();
  return { proposer, store, recorder };
}

/** Makes a recorder of a changed stream. */
async function tampered(
  tamper: (events: StoreEvent[]) => StoreEvent[],
): Promise<{ proposer: FaultyProposer; recorder: EventRecorder }> {
  const { proposer, store, recorder } = await recorded();
  const stream = tamper([...recorder.events])[Symbol.iterator]();
  const watcher = {
    [Symbol.asyncIterator]: () => watcher,
    next: async () => stream.next(),
    close: () => undefined,
  } as unknown as Watcher;
  const other = recordEvents(store, { watcher, initial: {} });
  await other.settle();
  return { proposer, recorder: other };
}

function without(position: number): (events: StoreEvent[]) => StoreEvent[] {
  return (events) => events.filter((_, n) => n !== position);
}

describe('EventRecorder', () => {
  test('[K5] a settled recorder has all events, also where each look at the clock asks for a turn', async () => {
    const store = new MemoryStore();
    const recorder = recordEvents(store);
    await store.update((tx) => {
      for (let number = 0; number < 1000; number++) tx.nodes.create({ id: `n${number}` });
    });
    let now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 5));
    await recorder.settle();
    clock.mockRestore();
    expect(recorder.events).toHaveLength(1001);
    recorder.assertComplete();
  });

  test('[K5] no check of an EventRecorder throws for the live stream of a store', async () => {
    const { proposer, recorder } = await recorded();
    recorder.assertOrdered();
    recorder.assertUnique();
    recorder.assertAtomic(proposer.log.entries);
    recorder.assertComplete();
    recorder.assertOldObjects();
    expect(recorder.events.map(({ action }) => action)).toEqual([
      'create',
      'create',
      'commit',
      'update',
      'commit',
      'delete',
      'commit',
    ]);
    expect(recorder.commits.map(({ version, events }) => [version?.index, events.length])).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ]);
    recorder.close();
    await recorder.settle();
    expect(recorder.end).toEqual({});
  });

  test('[K5] no check of an EventRecorder throws for a resumed watcher', async () => {
    const { proposer, store } = await recorded();
    const watcher = await store.watchFrom({ index: 1 });
    const recorder = recordEvents(store, { watcher, initial: proposer.log.contentsAt({ index: 1 }) });
    await recorder.settle();
    recorder.assertAtomic(proposer.log.entries);
    recorder.assertComplete();
    recorder.assertOldObjects();
    expect(recorder.commits).toHaveLength(2);
  });

  test('[K5] an EventRecorder without initial contents refuses the checks that need them', async () => {
    const { store } = await recorded();
    const recorder = recordEvents(store, { watcher: store.watch() });
    recorder.assertOrdered();
    expect(() => recorder.assertComplete()).toThrow('initial');
    expect(() => recorder.assertOldObjects()).toThrow('initial');
  });

  test('[K6] assertOrdered throws for a missing commit, falling versions, versions of only some commits', async () => {
    const open = await tampered(without(6));
    expect(() => open.recorder.assertOrdered()).toThrow('event 6: no commit closes the last changes');
    const fallen = await tampered((events) => [...events.slice(3, 5), ...events.slice(0, 3), ...events.slice(5)]);
    expect(() => fallen.recorder.assertOrdered()).toThrow('event 4: version 1 comes after version 2');
    const unnumbered = await tampered((events) => events.with(4, { action: 'commit' }));
    expect(() => unnumbered.recorder.assertOrdered()).toThrow(
      'event 4: some commits have a version and others have none',
    );
    const empty = await tampered(without(3));
    expect(() => empty.recorder.assertOrdered()).toThrow('event 3: a commit without changes before it');
  });

  test('[K6] assertUnique throws for an event or a version that comes twice', async () => {
    const twice = await tampered((events) => [...events.slice(0, 4), ...events.slice(3)]);
    expect(() => twice.recorder.assertUnique()).toThrow('event 4: the same was delivered at 3');
    const replayed = await tampered((events) => [...events.slice(0, 5), { action: 'commit', version: { index: 2 } }]);
    expect(() => replayed.recorder.assertUnique()).toThrow('event 5: the same was delivered at 4');
  });

  test('[K6] assertAtomic throws for a transaction that is incomplete, missing or different from the log', async () => {
    const cut = await tampered(without(1));
    expect(() => cut.recorder.assertAtomic(cut.proposer.log.entries)).toThrow(
      'event 1: 1 changes were delivered, and the entry of the log has 2',
    );
    const gap = await tampered((events) => [...events.slice(0, 3), ...events.slice(5)]);
    expect(() => gap.recorder.assertAtomic(gap.proposer.log.entries)).toThrow(
      'event 4: the next entry of the log has version 2',
    );
    const swapped = await tampered((events) => [events[1]!, events[0]!, ...events.slice(2)]);
    expect(() => swapped.recorder.assertAtomic(swapped.proposer.log.entries)).toThrow(
      'event 0: it is not change 0 of the log',
    );
    const phantom = await tampered((events) => events.with(6, { action: 'commit', version: { index: 9 } }));
    expect(() => phantom.recorder.assertAtomic(phantom.proposer.log.entries)).toThrow(
      'event 6: the log has no entry of version 9',
    );
  });

  test('[K6] assertComplete without settle says that settle is missing', async () => {
    for (const store of [new MemoryStore(), new MemoryStore({ history: 10 })]) {
      const recorder = recordEvents(store);
      void store.update((tx) => tx.nodes.create({ id: 'n' }));
      expect(() => recorder.assertComplete()).toThrow('await recorder.settle()');
      await recorder.settle();
      recorder.assertComplete();
    }
    const store = new MemoryStore({ history: 10 });
    const recorder = recordEvents(store);
    await recorder.settle();
    void store.update((tx) => tx.nodes.create({ id: 'n' }));
    expect(() => recorder.assertComplete()).toThrow('await recorder.settle()');
    await recorder.settle();
    recorder.assertComplete();
  });

  test('[K6] assertComplete throws when a replay of the events does not give the contents', async () => {
    const missing = await tampered(without(3));
    expect(() => missing.recorder.assertComplete()).toThrow(
      'the store holds another node n1 than the events have told of',
    );
    const alive = await tampered(without(5));
    expect(() => alive.recorder.assertComplete()).toThrow('the store does not hold node n2');
    const odd = await tampered(without(0));
    expect(() => odd.recorder.assertComplete()).toThrow(
      'event 2: it cannot follow the events before it: ERR_NOT_EXIST',
    );
  });

  test('[K6] assertOldObjects throws for an old object that was not there before', async () => {
    const wrong = await tampered((events) => {
      const update = events[3] as Extract<StoreEvent, { readonly kind: 'node'; readonly action: 'update' }>;
      return events.with(3, { ...update, oldObject: update.object });
    });
    expect(() => wrong.recorder.assertOldObjects()).toThrow('event 3: the old object is not what was there before');
    const again = await tampered((events) => [...events, events[0]!]);
    expect(() => again.recorder.assertOldObjects()).toThrow('event 7: the object was there before');
    const gone = await tampered(without(1));
    expect(() => gone.recorder.assertOldObjects()).toThrow('event 4: the object was not there before');
  });

  test('[K6] the error of a check shows the events around the fault', async () => {
    const { recorder } = await tampered((events) => [...events.slice(0, 4), ...events.slice(3)]);
    expect(() => recorder.assertUnique()).toThrow(
      [
        'event 4: the same was delivered at 3',
        '      0  create node n1',
        '      1  create node n2',
        '      2  commit 1',
        '      3  update node n1',
        '>     4  update node n1',
        '      5  commit 2',
        '      6  delete node n2',
        '      7  commit 3',
      ].join('\n'),
    );
  });
});
