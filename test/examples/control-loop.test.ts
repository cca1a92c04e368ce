import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { startFollower } from '../../examples/orchestrator/follower.ts';
import { RETRY_AFTER, startLoop } from '../../examples/orchestrator/loops/control-loop.ts';
import type { ControlLoop, LoopDefinition, LoopOptions } from '../../examples/orchestrator/loops/control-loop.ts';
import { startReaper } from '../../examples/orchestrator/loops/reaper.ts';
import { VirtualClock } from './support/virtual-clock.ts';
import { settleAll } from './support/settle.ts';
import { World } from './support/world.ts';

/** Names every network after its id, and notes which steps it took. */
function namer(steps: string[], fail: (id: string) => boolean = () => false): LoopDefinition {
  return {
    name: 'namer',
    tables: ['network'],
    events: [{ kind: 'network' }],
    initialKeys: (tx) => tx.networks.find(all).map(({ id }) => id),
    keysOf: ({ object }) => [object.id],
    step(tx, id) {
      steps.push(id);
      if (tx.networks.get(id) === undefined) return undefined;
      tx.networks.modify(id, (draft) => {
        draft.spec.annotations.name = `name of ${id}`;
      });
      if (fail(id)) throw new Error(`${id} is unlucky`);
      return undefined;
    },
  };
}

interface Bench {
  readonly store: MemoryStore;
  readonly clock: VirtualClock;
  readonly errors: string[];
  start(definition: LoopDefinition, options?: Partial<LoopOptions>): ControlLoop;
  create(...ids: readonly string[]): Promise<void>;
  names(): readonly string[];
}

function bench(): Bench {
  const store = new MemoryStore({ history: 0, firstVersion: 1 });
  const clock = new VirtualClock();
  const errors: string[] = [];
  return {
    store,
    clock,
    errors,
    start: (definition, options = {}) =>
      startLoop(store, definition, {
        clock,
        onError: (error, loop) => errors.push(`${loop}: ${String(error)}`),
        ...options,
      }),
    create: (...ids) =>
      store.update((tx) => {
        for (const id of ids) tx.networks.create({ id, spec: { annotations: { name: id } } });
      }),
    names: () => store.view((tx) => tx.networks.find(all).map(({ spec }) => spec.annotations.name)),
  };
}

describe('a control loop', () => {
  test('[L15] a loop looks at what there is, then at what changes', async () => {
    const { start, create, names } = bench();
    await create('a');
    const loop = start(namer([]));
    await settleAll();
    expect(names()).toEqual(['name of a']);
    await create('b', 'c');
    await settleAll();
    expect(names()).toEqual(['name of a', 'name of b', 'name of c']);
    await loop.stop();
  });

  test('[L15] a loop misses nothing when more changes than it can read', async () => {
    const { start, create, names, errors } = bench();
    const steps: string[] = [];
    const loop = start(namer(steps), { watchLimit: 2 });
    await settleAll();
    // Nobody reads the watch between these commits.
    await Promise.all([create('a', 'b', 'c'), create('d'), create('e', 'f'), create('g')]);
    await settleAll();
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => `name of ${id}`));
    expect(errors).toEqual([]);
    await loop.stop();
  });

  test('[L15] an object that is gone by the time of its step is no error', async () => {
    const { store, start, create, names, errors } = bench();
    const steps: string[] = [];
    const loop = start(namer(steps));
    await settleAll();
    await Promise.all([
      create('a', 'b'),
      store.update((tx) => {
        tx.networks.delete('a');
      }),
    ]);
    await settleAll();
    expect(names()).toEqual(['name of b']);
    expect(steps).toContain('a');
    expect(errors).toEqual([]);
    await loop.stop();
  });

  test('[L16] a failed step is reported, leaves nothing behind, holds up no other key, is tried again', async () => {
    const { start, create, names, errors, clock } = bench();
    let unlucky = true;
    const loop = start(namer([], (id) => id === 'b' && unlucky));
    await create('a', 'b', 'c');
    await settleAll();
    expect(names()).toEqual(['name of a', 'b', 'name of c']);
    expect(errors).toEqual(['namer: Error: b is unlucky']);
    unlucky = false;
    clock.turnTo(clock.now() + RETRY_AFTER);
    await settleAll();
    expect(names()).toEqual(['name of a', 'name of b', 'name of c']);
    await loop.stop();
  });

  test('[L16] an error in the keys of an event is reported, and the loop looks at everything', async () => {
    const { start, create, names, errors } = bench();
    let unlucky = false;
    const loop = start({
      ...namer([]),
      keysOf({ object }) {
        if (!unlucky) return [object.id];
        unlucky = false;
        throw new Error('no idea');
      },
    });
    await settleAll();
    unlucky = true;
    await create('a');
    await settleAll();
    expect(errors).toEqual(['namer: Error: no idea']);
    expect(names()).toEqual(['name of a']);
    await loop.stop();
  });

  test('[L16] an error in the list of all keys is reported, and the list is tried again', async () => {
    const { start, create, names, errors, clock } = bench();
    await create('a');
    let unlucky = true;
    const definition = namer([]);
    const loop = start({
      ...definition,
      initialKeys(tx) {
        if (unlucky) throw new Error('no idea');
        return definition.initialKeys(tx);
      },
    });
    await settleAll();
    expect(errors).toEqual(['namer: Error: no idea']);
    unlucky = false;
    clock.turnTo(clock.now() + RETRY_AFTER);
    await settleAll();
    expect(names()).toEqual(['name of a']);
    await loop.stop();
  });

  test('[L17] a loop that was stopped writes no more, by stop() or by its signal', async () => {
    const { store, start, create, names } = bench();
    const controller = new AbortController();
    const first = start(namer([]));
    const second = start(namer([]), { signal: controller.signal });
    await settleAll();
    await first.stop();
    controller.abort();
    await second.done;
    await create('a');
    await settleAll();
    expect(names()).toEqual(['a']);
    expect(store.stats().watchers).toBe(0);
    const never = start(namer([]), { signal: controller.signal });
    await never.done;
    expect(names()).toEqual(['a']);
  });

  test('[L17] a loop that is stopped in the middle of its keys leaves the rest to the next one', async () => {
    const { start, create, names } = bench();
    const ids = Array.from({ length: 9 }, (_, index) => `n${index}`);
    await create(...ids);
    const steps: string[] = [];
    const definition = namer(steps);
    const loop = start({
      ...definition,
      step(tx, key, context) {
        if (steps.length === 3) void loop.stop();
        return definition.step(tx, key, context);
      },
    });
    await loop.done;
    expect(names().filter((name) => name.startsWith('name'))).toHaveLength(4);
    const next = start(namer([]));
    await settleAll();
    expect(names()).toEqual(ids.map((id) => `name of ${id}`));
    await next.stop();
  });

  test('[L17] a loop ends with its store', async () => {
    const { store, start, create, errors } = bench();
    const loop = start(namer([]));
    await create('a');
    await store.close();
    await loop.done;
    expect(errors).toEqual([]);
  });

  test('[L17] nothing is left of a fleet of agents that was stopped', async () => {
    const world = await World.start();
    await world.end();
    expect(world.store.stats().watchers).toBe(0);
    expect(world.clock.next).toBeUndefined();
  });
});

describe('the reaper', () => {
  test('[L14] each slot keeps as many ended tasks as the cluster’s settings say, the newest', async () => {
    const world = await World.start({ loops: [startReaper] });
    await world.write((tx) => {
      for (let number = 1; number <= 9; number++) {
        tx.tasks.create({
          id: `t${number}`,
          serviceId: 'web',
          slot: 1 + (number % 2),
          meta: { createdAt: { seconds: number } },
          desiredState: 640,
          status: { state: 704 },
        });
      }
      tx.clusters.modify(tx.clusters.find(all)[0]!.id, (draft) => {
        draft.spec.orchestration.taskHistoryRetentionLimit = 2;
      });
    });
    await world.settle();
    expect(world.view((tx) => tx.tasks.find(all).map(({ id }) => id))).toEqual(['t6', 't7', 't8', 't9']);
    expect(await world.end()).toEqual([]);
  });
});

describe('a follower', () => {
  test('[L8] the follower has its source’s bytes after each commit, and begins anew when it fell behind', async () => {
    const { store, create } = bench();
    await create('before');
    const errors: unknown[] = [];
    const follower = startFollower(store, { onError: (error) => errors.push(error), watchLimit: 3 });
    await settleAll();
    await create('a');
    await create('b');
    await settleAll();
    expect(follower.compared).toBe(2);
    await Promise.all(['c', 'd', 'e', 'f', 'g', 'h'].map((id) => create(id)));
    await settleAll();
    await create('i');
    await settleAll();
    expect(StoreSnapshot.encode(follower.copy.save())).toEqual(StoreSnapshot.encode(store.save()));
    expect(follower.different).toBe(0);
    expect(store.stats().snapshots).toBe(0);
    await follower.stop();
    expect(errors).toEqual([]);
  });

  test('[L8] the follower reports a commit after which its bytes differ', async () => {
    const { store, create } = bench();
    const errors: string[] = [];
    const follower = startFollower(store, { onError: (error) => errors.push(String(error)) });
    await settleAll();
    await follower.copy.update((tx) => {
      tx.networks.create({ id: 'of its own' });
    });
    await create('a');
    await settleAll();
    expect([follower.compared, follower.different]).toEqual([1, 1]);
    expect(errors).toEqual(['Error: after 1 commits the copy differs from the store']);
    await follower.stop();
  });
});
