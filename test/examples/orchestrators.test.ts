import { describe, expect, test } from '@jest/globals';
import { NodeSpecAvailability, TaskState, all, byNodeId, byServiceId } from 'swarmstate';
import type { ServiceSpecInput } from 'swarmstate/proto';
import { addNode } from '../../examples/orchestrator/cluster.ts';
import { removeService, scaleService, setNodeUp } from '../../examples/orchestrator/operator.ts';
import { unfinished } from './support/invariants.ts';
import { World } from './support/world.ts';

const minute = 60_000;

async function worldWith(spec: ServiceSpecInput): Promise<World> {
  const world = await World.start();
  await world.write((tx) => {
    tx.services.create({ id: 'web', spec: { annotations: { name: 'web' }, ...spec } });
  });
  expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
  return world;
}

const container = { image: 'web:1' };

describe('orchestrators', () => {
  test('[L4] a replicated service gets its slots, and loses those that are too many', async () => {
    const world = await worldWith({ task: { container }, replicated: { replicas: 3 } });
    const slots = (): readonly number[] =>
      world.view((tx) => tx.tasks.find(byServiceId('web')).map(({ slot }) => slot)).toSorted();
    expect(slots()).toEqual([1, 2, 3]);
    await scaleService(world.store, 'web', 5);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(slots()).toEqual([1, 2, 3, 4, 5]);
    await scaleService(world.store, 'web', 2);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(slots()).toHaveLength(2);
    expect(await world.end()).toEqual([]);
  });

  test('[L4] a service that is scaled down keeps its nodes evenly loaded', async () => {
    const world = await worldWith({ task: { container }, replicated: { replicas: 9 } });
    await scaleService(world.store, 'web', 3);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    for (const node of ['node-1', 'node-2', 'node-3'])
      expect(world.view((tx) => tx.tasks.count(byNodeId(node)))).toBe(1);
    expect(await world.end()).toEqual([]);
  });

  test('[L4] a service of more replicas than one step makes is built up in several steps', async () => {
    const world = await World.start({ nodes: 1 });
    await world.write((tx) => {
      tx.services.create({
        id: 'web',
        spec: { annotations: { name: 'web' }, task: { container }, replicated: { replicas: 250 } },
      });
    });
    await world.settle();
    expect(world.view((tx) => tx.tasks.count(byServiceId('web')))).toBe(250);
    expect(await world.end()).toEqual([]);
  });

  test('[L3] the tasks of a node that goes down, and of a drained node, are moved once the loops settle', async () => {
    const world = await worldWith({ task: { container }, replicated: { replicas: 6 } });
    await setNodeUp(world.store, 'node-1', false);
    await world.settle();
    const wanted = (node: string): number =>
      world.view((tx) => tx.tasks.find(byNodeId(node)).filter((task) => task.desiredState <= TaskState.RUNNING).length);
    expect(wanted('node-1')).toBe(0);
    await world.write((tx) => {
      tx.nodes.modify('node-2', (draft) => {
        draft.spec.availability = NodeSpecAvailability.DRAIN;
      });
    });
    await world.settle();
    expect(wanted('node-2')).toBe(0);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(wanted('node-3')).toBe(6);
    expect(await world.end()).toEqual([]);
  });

  test('[L5] a global service follows the nodes: those that come, go down, come back and are deleted', async () => {
    const world = await worldWith({ task: { container }, global: {} });
    const nodes = (): readonly string[] =>
      world.view((tx) => tx.tasks.find(byServiceId('web')).map(({ nodeId }) => nodeId)).toSorted();
    expect(nodes()).toEqual(['node-1', 'node-2', 'node-3']);
    await world.write((tx) => {
      addNode(tx, { hostname: 'host-4' }, 'node-4');
    });
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(nodes()).toEqual(['node-1', 'node-2', 'node-3', 'node-4']);
    await setNodeUp(world.store, 'node-2', false);
    await world.settle();
    expect(nodes()).toEqual(['node-1', 'node-3', 'node-4']);
    await setNodeUp(world.store, 'node-2', true);
    await world.write((tx) => {
      tx.nodes.delete('node-1');
    });
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(nodes()).toEqual(['node-2', 'node-3', 'node-4']);
    expect(await world.end()).toEqual([]);
  });

  test('[L5] a paused node keeps the task of a global service, and a new node that is paused gets none', async () => {
    const world = await worldWith({ task: { container }, global: {} });
    await world.write((tx) => {
      addNode(tx, { hostname: 'host-4' }, 'node-4');
      for (const node of ['node-1', 'node-4']) {
        tx.nodes.modify(node, (draft) => {
          draft.spec.availability = NodeSpecAvailability.PAUSE;
        });
      }
    });
    await world.pass(minute);
    expect(world.view((tx) => tx.tasks.count(byNodeId('node-1')))).toBe(1);
    expect(world.view((tx) => tx.tasks.count(byNodeId('node-4')))).toBe(0);
    expect(await world.end()).toEqual([]);
  });

  test.each([{ replicated: { replicas: 4 } }, { global: {} }])(
    '[L6] no task is left of a removed service: %j',
    async (mode) => {
      const world = await worldWith({ task: { container }, ...mode });
      await removeService(world.store, 'web');
      await world.settle();
      expect(world.view((tx) => tx.tasks.count(all))).toBe(0);
      expect(await world.end()).toEqual([]);
    },
  );
});
