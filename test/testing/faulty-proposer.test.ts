import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { FAULTS, FaultyProposer, SharedLog } from 'swarmstate/testing';
import type { Fault, FaultyProposerOptions } from 'swarmstate/testing';
import { createNode, nodeIds, rejected } from '../support/store-helpers.ts';

interface Member {
  readonly store: MemoryStore;
  readonly proposer: FaultyProposer;
  readonly late: unknown[];
}

function member(options: FaultyProposerOptions = {}): Member {
  const proposer = new FaultyProposer(options);
  const store = new MemoryStore({ proposer });
  const late: unknown[] = [];
  store.on('late-error', ({ error }) => late.push(error));
  return { store, proposer, late };
}

/** For each fault: the outcome of an update, the contents of the log, and the number of late reports. */
const outcomes: readonly (readonly [Fault, string, 'landed' | 'not landed', number])[] = [
  ['delay', 'resolved', 'landed', 0],
  ['slow-answer', 'resolved', 'landed', 0],
  ['slow-settle', 'resolved', 'landed', 0],
  ['fail', 'the faulty proposer fails proposal 1; nothing was written', 'not landed', 0],
  ['throw', 'the faulty proposer throws at proposal 1; nothing was written', 'not landed', 0],
  ['no-commit', 'ERR_PROPOSER_BROKEN', 'not landed', 0],
  ['fail-after-commit', 'resolved', 'landed', 1],
  ['commit-twice', 'resolved', 'landed', 1],
  ['late-commit', 'the faulty proposer fails proposal 1; nothing was written', 'not landed', 1],
  ['lose-race', 'resolved', 'landed', 0],
  ['conflict', 'resolved', 'landed', 0],
  ['overtaken', 'resolved', 'landed', 0],
  ['unknown-landed', 'ERR_OUTCOME_UNKNOWN', 'landed', 0],
  ['unknown-late', 'ERR_OUTCOME_UNKNOWN', 'landed', 0],
  ['unknown-lost', 'ERR_OUTCOME_UNKNOWN', 'not landed', 0],
];

describe('FaultyProposer', () => {
  test.each(outcomes)('[K1] a FaultyProposer carries out the fault %s', async (fault, outcome, landed, reports) => {
    const { store, proposer, late } = member();
    proposer.script(fault);
    const settled = await createNode(store, 'n1').then(
      () => 'resolved',
      (error: unknown) => (error as { readonly code?: string }).code ?? (error as Error).message,
    );
    expect(settled).toBe(outcome);
    await proposer.settle();
    expect(nodeIds(store)).toEqual(landed === 'landed' ? ['n1'] : []);
    expect(late).toHaveLength(reports);
    expect(proposer.refusals).toEqual([]);
    expect(StoreSnapshot.encode(store.save())).toEqual(StoreSnapshot.encode(proposer.log.contentsAt()));
    await createNode(store, 'after');
  });

  test('[K1] the tests of a FaultyProposer know every fault', () => {
    expect(new Set([...outcomes.map(([fault]) => fault), 'hang'])).toEqual(new Set(FAULTS));
  });

  test('[K1] a proposal with the fault hang hangs until its signal aborts', async () => {
    const { store, proposer } = member();
    proposer.script('hang');
    const controller = new AbortController();
    const update = createNode(store, 'n1', controller.signal).then(
      () => 'resolved',
      () => 'rejected',
    );
    await proposer.settle();
    expect(proposer.trace).toMatchObject([{ fault: 'hang', result: 'in flight' }]);
    controller.abort();
    const outcome = await update;
    await proposer.settle();
    expect(proposer.trace[0]?.result).toBe(
      outcome === 'resolved' ? 'committed' : proposer.trace[0]?.versions.length === 1 ? 'unknown' : 'failed',
    );
  });

  test('[K1] a proposal with the fault hang hangs until the test releases it', async () => {
    const { store, proposer } = member();
    proposer.script('hang');
    const update = createNode(store, 'n1');
    await proposer.settle();
    expect(proposer.trace).toMatchObject([{ result: 'in flight' }]);
    proposer.heal();
    await Promise.allSettled([update]);
    expect(proposer.trace[0]?.result).not.toBe('in flight');
  });

  test('[K2] the same seed gives a FaultyProposer the same faults', async () => {
    const traces = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const { store, proposer } = member({
          seed,
          faults: { fail: 0.3, 'lose-race': 0.2, 'unknown-landed': 0.2, delay: 0.1 },
        });
        for (let n = 0; n < 40; n += 1) await createNode(store, `n${n}`).catch(() => undefined);
        await proposer.settle();
        return proposer.trace;
      }),
    );
    expect(traces[1]).toEqual(traces[0]);
    expect(traces[2]).not.toEqual(traces[0]);
    expect(new Set(traces[0]?.map(({ fault }) => fault))).toEqual(
      new Set(['fail', 'lose-race', 'unknown-landed', 'delay', undefined]),
    );
  });

  test('[K2] a SharedLog by hand does nothing before tick or settle', async () => {
    const { store, proposer } = member({ log: new SharedLog({ byHand: true }), maxDelay: 1 });
    proposer.script('delay');
    let done = false;
    const update = createNode(store, 'n1').then(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    proposer.log.tick();
    await update;
    expect(nodeIds(store)).toEqual(['n1']);
  });

  test('[K3] stores on one SharedLog get each other’s entries in order', async () => {
    const log = new SharedLog();
    const [a, b] = [member({ log, seed: 1 }), member({ log, seed: 2, groups: false })];
    await Promise.all([a, b].flatMap(({ store }, n) => [1, 2, 3, 4].map((m) => createNode(store, `${n}.${m}`))));
    await log.settle();
    expect(log.version.index).toBe(8);
    expect(nodeIds(a.store)).toHaveLength(8);
    expect(a.store.version).toEqual(b.store.version);
    expect(StoreSnapshot.encode(a.store.save())).toEqual(StoreSnapshot.encode(b.store.save()));
    // A transaction ran again where the other store was faster.
    expect(
      [...a.proposer.trace, ...b.proposer.trace].some(
        ({ fault, result }) => fault === undefined && result === 'conflict',
      ),
    ).toBe(true);
    expect(b.proposer.trace.every(({ transactions }) => transactions === 1)).toBe(true);
  });

  test('[K3] a store that joins a SharedLog later gets its entries, or a snapshot behind a trimmed log', async () => {
    const { store, proposer } = member();
    for (const id of ['n1', 'n2', 'n3']) await createNode(store, id);
    const second = member({ log: proposer.log });
    await proposer.settle();
    expect(nodeIds(second.store)).toEqual(['n1', 'n2', 'n3']);
    proposer.log.trim({ index: 2 });
    const third = member({ log: proposer.log });
    const resets: unknown[] = [];
    third.store.on('reset', ({ version }) => resets.push(version?.index));
    await proposer.settle();
    expect(resets).toEqual([3]);
    expect(StoreSnapshot.encode(third.store.save())).toEqual(StoreSnapshot.encode(store.save()));
  });

  test.each(['sync', 'async'] as const)(
    '[K4] watchFrom on a trimmed SharedLog rejects with ERR_LOG_COMPACTED (%s)',
    async (iteration) => {
      const { store, proposer } = member({ iteration });
      for (const id of ['n1', 'n2', 'n3']) await createNode(store, id);
      proposer.log.trim({ index: 1 });
      expect(await rejected(store.watchFrom({ index: 0 }), 'ERR_LOG_COMPACTED')).toMatchObject({
        oldest: { index: 2 },
      });
      const commits = (await store.watchFrom({ index: 1 })).commits();
      expect((await commits.next()).value).toMatchObject({ version: { index: 2 }, events: [{ object: { id: 'n2' } }] });
      expect((await commits.next()).value).toMatchObject({ version: { index: 3 } });
      expect(proposer.log.entries).toHaveLength(3);
      await rejected(
        (async () => {
          for await (const _ of proposer.changesBetween({ index: 1 }, { index: 9 })) break;
        })(),
        'ERR_VERSION_OUT_OF_BOUNDS',
      );
    },
  );

  test('[K4] the option competitor makes the entries of a FaultyProposer’s competitor', async () => {
    const { store, proposer } = member({
      competitor: (contents) => [{ action: 1, node: { id: `rival-${contents.nodes.length}` } }],
    });
    proposer.script('lose-race', 'overtaken');
    const seen = await store.update((tx) => {
      tx.nodes.create({ id: 'mine' });
      return tx.nodes.count(all);
    });
    expect(seen).toBe(2);
    await proposer.settle();
    expect(nodeIds(store)).toEqual(['mine', 'rival-0', 'rival-2']);
    expect(proposer.log.entries.map(({ storeActions }) => storeActions[0]?.node?.id)).toEqual([
      'rival-0',
      'mine',
      'rival-2',
    ]);
  });

  test('[K4] contentsAt throws for an entry that cannot follow the entries before it', () => {
    const log = new SharedLog();
    log.append([{ action: 1, node: { id: 'n1' } }]);
    log.append([{ action: 1, node: { id: 'n1' } }]);
    expect(log.contentsAt({ index: 1 }).nodes).toHaveLength(1);
    expect(() => log.contentsAt()).toThrow('entry 2 of the log cannot follow');
    expect(() => new SharedLog().contentsAt({ index: 1 })).toThrow(RangeError);
  });
});
