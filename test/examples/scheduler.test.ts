import { describe, expect, test } from '@jest/globals';
import { NodeRole, TaskState, all, byNodeId, byServiceId } from 'swarmstate';
import type { Node } from 'swarmstate';
import { Node as NodeType } from 'swarmstate/proto';
import type { PlacementInput, ResourceRequirementsInput } from 'swarmstate/proto';
import { parseConstraint, satisfies } from '../../examples/orchestrator/loops/constraints.ts';
import { scaleService } from '../../examples/orchestrator/operator.ts';
import { World } from './support/world.ts';

async function place(
  replicas: number,
  placement: PlacementInput,
  resources: ResourceRequirementsInput = {},
): Promise<World> {
  const world = await World.start();
  await world.write((tx) => {
    tx.services.create({
      id: 'web',
      spec: {
        annotations: { name: 'web' },
        task: { container: { image: 'web:1' }, placement, resources },
        replicated: { replicas },
      },
    });
  });
  await world.pass(60_000);
  return world;
}

function perNode(world: World): readonly number[] {
  return world.view((tx) => ['node-1', 'node-2', 'node-3'].map((node) => tx.tasks.count(byNodeId(node))));
}

describe('scheduler', () => {
  test('[L9] the scheduler spreads tasks over the nodes', async () => {
    const world = await place(7, {});
    expect(perNode(world).toSorted()).toEqual([2, 2, 3]);
    expect(await world.end()).toEqual([]);
  });

  test('[L9] tasks go only where the constraints hold', async () => {
    const world = await place(4, { constraints: ['node.labels.parity == odd', 'node.hostname != host-3'] });
    expect(perNode(world)).toEqual([4, 0, 0]);
    expect(await world.end()).toEqual([]);
  });

  test('[L9][L10] the placement limits replicas of a node; others wait, say why, run once there is room', async () => {
    const world = await place(5, { maxReplicas: 1 });
    expect(perNode(world)).toEqual([1, 1, 1]);
    const waiting = world.view((tx) => tx.tasks.find(byServiceId('web')).filter(({ nodeId }) => nodeId === ''));
    expect(waiting.map(({ status }) => status.err)).toEqual(
      Array(2).fill('no suitable node (max replicas per node: 3 of 3)'),
    );
    await scaleService(world.store, 'web', 3);
    await world.pass(60_000);
    expect(
      world.view((tx) => tx.tasks.find(byServiceId('web')).every(({ status }) => status.state === TaskState.RUNNING)),
    ).toBe(true);
    expect(await world.end()).toEqual([]);
  });

  test('[L9] a node takes no more than it has processors and memory for', async () => {
    // Each node has 4 processors and 8 GB.
    const world = await place(7, {}, { reservations: { nanoCpus: 1.9e9 } });
    expect(perNode(world)).toEqual([2, 2, 2]);
    const crowded = await place(4, {}, { reservations: { memoryBytes: 5 * 2 ** 30 } });
    expect(perNode(crowded)).toEqual([1, 1, 1]);
    expect([...(await world.end()), ...(await crowded.end())]).toEqual([]);
  });

  test('[L10] a task that no node suits costs no commits while it waits', async () => {
    const world = await place(1, { constraints: ['node.labels.disk == ssd'] });
    const [task] = world.view((tx) => tx.tasks.find(all));
    expect(task?.status.err).toBe('no suitable node (node.labels.disk == ssd: 3 of 3)');
    const { commits } = world;
    for (let round = 0; round < 3; round++) {
      await world.write((tx) => {
        tx.nodes.modify('node-1', (draft) => {
          draft.spec.annotations.labels['round'] = String(round);
        });
      });
      await world.pass(1000);
    }
    expect(world.commits - commits).toBe(3);
    expect(await world.end()).toEqual([]);
  });

  test.each([
    ['node.id == n', true],
    ['node.id==N', false],
    ['node.hostname == HOST', true],
    ['node.hostname != host', false],
    ['node.role == manager', true],
    ['node.role != worker', true],
    ['node.platform.os == linux', true],
    ['node.platform.arch == x86_64', true],
    ['node.platform.arch == arm64', false],
    ['node.labels.disk == ssd', true],
    ['node.labels.zone != a', true],
    ['engine.labels.gpu == yes', true],
    ['node.colour == red', false],
    ['node.role = manager', false],
  ])('[L9] the scheduler heeds the constraint %s', (constraint, expected) => {
    const node: Node = NodeType.fromJson({
      id: 'n',
      role: NodeRole.MANAGER,
      spec: { annotations: { labels: { disk: 'SSD' } } },
      description: {
        hostname: 'host',
        platform: { os: 'linux', architecture: 'amd64' },
        engine: { labels: { gpu: 'yes' } },
      },
    });
    expect(satisfies(node, constraint)).toBe(expected);
  });

  test('[L9] a text that is no constraint is recognised', () => {
    expect(parseConstraint('node.labels.disk == ssd')).toEqual({
      attribute: 'node.labels.disk',
      equal: true,
      value: 'ssd',
    });
    for (const text of [
      '',
      'node.role',
      'node.role ==',
      'node.labels. == x',
      'node.colour == red',
      'node.role > manager',
    ]) {
      expect(parseConstraint(text)).toBeUndefined();
    }
  });
});
