import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { StoreActionKind } from 'swarmstate/proto';
import { FaultyProposer } from 'swarmstate/testing';
import { AttachedProposer } from '../support/scripted-proposer.ts';

/** The longest time that a loop of promise jobs may go on when the event loop gets no turn: then the test fails. */
const PATIENCE_MS = 3000;

/** Repeats `work` until a timer of 5 ms has fired. */
async function untilTimer(work: (round: number) => Promise<unknown>): Promise<boolean> {
  const timer = { fired: false };
  setTimeout(() => {
    timer.fired = true;
  }, 5);
  const end = performance.now() + PATIENCE_MS;
  for (let round = 0; !timer.fired && performance.now() < end; round += 1) await work(round);
  return timer.fired;
}

const failure = new Error('the step fails');

function fail(): never {
  throw failure;
}

async function ignored(promise: Promise<unknown>): Promise<void> {
  await expect(promise).rejects.toBe(failure);
}

describe.each([
  ['without a proposer', () => new MemoryStore()],
  ['with a proposer', () => new MemoryStore({ proposer: new FaultyProposer() })],
] as const)('a store %s', (_name, make) => {
  test('[Y46] a loop of awaited updates with a watcher lets timers fire', async () => {
    const store = make();
    const seen: string[] = [];
    void (async () => {
      for await (const event of store.watch({ limit: Infinity })) seen.push(event.action);
    })();
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    const update = (round: number): Promise<unknown> =>
      store.update((tx) =>
        tx.nodes.modify('n', (draft) => {
          draft.description = { hostname: String(round) };
        }),
      );
    expect(await untilTimer(update)).toBe(true);
    expect(seen.length).toBeGreaterThan(2);
  });

  test('[Y46] a loop of updates that fail lets timers fire', async () => {
    const store = make();
    expect(await untilTimer(() => ignored(store.update(fail)))).toBe(true);
  });

  test('[Y46] a batch of awaited steps lets timers fire, and other writers write', async () => {
    const store = make();
    let rounds = 0;
    const fired = await store.batch((batch) =>
      untilTimer((round) => {
        rounds = round;
        return batch.update((tx) => tx.nodes.create({ id: `n${round}` }));
      }),
    );
    expect(fired).toBe(true);
    expect(store.stats().rows.nodes).toBe(rounds + 1);
  });

  test('[Y46] a batch of steps that fail lets timers fire', async () => {
    const store = make();
    expect(await store.batch((batch) => untilTimer(() => ignored(batch.update(fail))))).toBe(true);
  });

  test('[Y46] updates that were started together settle in their order, also across a turn', async () => {
    const store = make();
    const settled: number[] = [];
    const started: Promise<unknown>[] = [];
    const end = performance.now() + 20;
    for (let n = 0; performance.now() < end; n += 1) {
      started.push(store.update((tx) => tx.nodes.create({ id: `n${n}` })).then(() => settled.push(n)));
    }
    await Promise.all(started);
    expect(settled).toEqual(settled.toSorted((a, b) => a - b));
    expect(settled).toHaveLength(started.length);
  });
});

test('[Y46] a loop that replays commits or log entries lets timers fire', async () => {
  const copy = new MemoryStore();
  const node = await new MemoryStore().update((tx) => tx.nodes.create({ id: 'n' }));
  await copy.restore({ nodes: [{ id: 'n' }] });
  const event = { kind: 'node', action: 'update', object: node, oldObject: node } as const;
  expect(await untilTimer(() => copy.apply({ events: [event] }))).toBe(true);

  const proposer = new AttachedProposer();
  const follower = new MemoryStore({ proposer });
  const apply = (round: number): Promise<void> =>
    proposer.replica!.apply(
      [{ action: round === 0 ? StoreActionKind.CREATE : StoreActionKind.UPDATE, node: { id: 'n' } }],
      {
        index: round + 2,
      },
    );
  expect(await untilTimer(apply)).toBe(true);
  await follower.close();
});

test('[Y46] a write that waited for the write lock takes no turn before one is due', async () => {
  const store = new MemoryStore();
  let waited: Promise<unknown> | undefined;
  // A commit is being published: the write lock is held.
  const check = (): boolean => {
    waited ??= store.update((tx) => tx.nodes.create({ id: 'b' }));
    return false;
  };
  store.watch({ events: [{ kind: 'node', check }] });
  await new Promise((resolve) => setImmediate(resolve));
  let turned = false;
  setImmediate(() => (turned = true));
  const first = store.update((tx) => tx.nodes.create({ id: 'a' }));
  await waited;
  expect(turned).toBe(false);
  await first;
});
