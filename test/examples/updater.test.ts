import { describe, expect, test } from '@jest/globals';
import {
  TaskState,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
  UpdateStatusUpdateState,
  byServiceId,
} from 'swarmstate';
import type { UpdateConfigInput } from 'swarmstate/proto';
import type { ContainerBehaviour } from '../../examples/orchestrator/agents/container-behaviour.ts';
import { creationTime } from '../../examples/orchestrator/loops/tasks.ts';
import { startUpdater } from '../../examples/orchestrator/loops/updater.ts';
import { resumeUpdate, rollService } from '../../examples/orchestrator/operator.ts';
import { unfinished } from './support/invariants.ts';
import { VirtualClock } from './support/virtual-clock.ts';
import { World } from './support/world.ts';

const minute = 60_000;

/** Containers take a second to start; those of image `broken` never do. */
const behaviour: ContainerBehaviour = {
  timeIn: (task) => (task.status.state === TaskState.STARTING ? 1000 : 0),
  endOf: (task) => (task.spec.container?.image === 'broken' ? { after: 0, exitCode: 1, message: 'broken' } : undefined),
};

async function worldWith(
  update: UpdateConfigInput,
  replicas = 4,
  mode: 'replicated' | 'global' = 'replicated',
  containers = behaviour,
): Promise<World> {
  const world = await World.start({ behaviour: containers });
  await world.write((tx) => {
    tx.services.create({
      id: 'web',
      spec: {
        annotations: { name: 'web' },
        task: { container: { image: 'web:1' }, restart: { condition: 2, delay: { seconds: 1 } } },
        ...(mode === 'global' ? { global: {} } : { replicated: { replicas } }),
        update,
        rollback: { parallelism: 0, order: update.order },
      },
    });
  });
  expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
  return world;
}

/** How many tasks of an image should run, and how many of those do. */
function tasks(world: World, image: string): readonly [wanted: number, running: number] {
  const wanted = world.view((tx) =>
    tx.tasks
      .find(byServiceId('web'))
      .filter((task) => task.desiredState <= TaskState.RUNNING && task.spec.container?.image === image),
  );
  return [wanted.length, wanted.filter((task) => task.status.state === TaskState.RUNNING).length];
}

function updateState(world: World): UpdateStatusUpdateState | undefined {
  return world.view((tx) => tx.services.get('web')?.updateStatus?.state);
}

describe('updater', () => {
  test('[L12] a stop-first update replaces as many tasks at a time as it may, and pauses between them', async () => {
    const world = await worldWith({ parallelism: 2, delay: { seconds: 5 }, monitor: { seconds: 3 } });
    await rollService(world.store, 'web', 'web:2');
    await world.settle();
    expect(updateState(world)).toBe(UpdateStatusUpdateState.UPDATING);
    expect([tasks(world, 'web:1'), tasks(world, 'web:2')]).toEqual([
      [2, 2],
      [2, 0],
    ]);
    await world.pass(1000);
    expect(tasks(world, 'web:2')).toEqual([2, 2]);
    await world.pass(4999);
    expect(tasks(world, 'web:2')).toEqual([2, 2]);
    await world.pass(1);
    expect(tasks(world, 'web:2')).toEqual([4, 2]);
    await world.pass(1000);
    expect(tasks(world, 'web:2')).toEqual([4, 4]);
    await world.pass(2999);
    expect(updateState(world)).toBe(UpdateStatusUpdateState.UPDATING);
    await world.pass(1);
    expect(updateState(world)).toBe(UpdateStatusUpdateState.COMPLETED);
    expect(await world.end()).toEqual([]);
  });

  test('[L1][L12] a start-first update stops a task only when its successor runs', async () => {
    const world = await worldWith({ parallelism: 1, order: UpdateConfigUpdateOrder.START_FIRST });
    let least = Infinity;
    world.onCommit = (state) => {
      const running = state.tasks
        .find(byServiceId('web'))
        .filter((task) => task.desiredState <= TaskState.RUNNING && task.status.state === TaskState.RUNNING);
      least = Math.min(least, running.length);
    };
    await rollService(world.store, 'web', 'web:2');
    await world.settle();
    expect([tasks(world, 'web:1'), tasks(world, 'web:2')]).toEqual([
      [4, 4],
      [1, 0],
    ]);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(least).toBe(4);
    expect(await world.end()).toEqual([]);
  });

  test('[L12] a global service is updated node by node', async () => {
    const world = await worldWith({ parallelism: 1 }, 0, 'global');
    await rollService(world.store, 'web', 'web:2');
    await world.settle();
    expect(tasks(world, 'web:2')).toEqual([1, 0]);
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(tasks(world, 'web:2')).toEqual([3, 3]);
    expect(await world.end()).toEqual([]);
  });

  test('[L13] too many failures pause an update, until somebody has it go on', async () => {
    const world = await worldWith({ parallelism: 1, failureAction: UpdateConfigFailureAction.PAUSE });
    await rollService(world.store, 'web', 'broken');
    await world.pass(10 * minute);
    expect(updateState(world)).toBe(UpdateStatusUpdateState.PAUSED);
    expect(world.view((tx) => tx.services.get('web')?.updateStatus?.message)).toBe(
      'update paused: 1 of 4 slots failed',
    );
    expect(tasks(world, 'web:1')).toEqual([3, 3]);
    await world.write((tx) => {
      tx.services.modify('web', (draft) => {
        if (draft.spec.task.container !== undefined) draft.spec.task.container.image = 'web:2';
      });
    });
    await world.pass(minute);
    expect(tasks(world, 'web:1')).toEqual([3, 3]);
    await resumeUpdate(world.store, 'web');
    expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
    expect(await world.end()).toEqual([]);
  });

  test.each([UpdateConfigUpdateOrder.STOP_FIRST, UpdateConfigUpdateOrder.START_FIRST])(
    '[L13] too many failures roll a service back to its previous spec (order %i)',
    async (order) => {
      const world = await worldWith({ parallelism: 1, failureAction: UpdateConfigFailureAction.ROLLBACK, order });
      await rollService(world.store, 'web', 'broken');
      await world.pass(10 * minute);
      expect(updateState(world)).toBe(UpdateStatusUpdateState.ROLLBACK_COMPLETED);
      expect(tasks(world, 'web:1')).toEqual([4, 4]);
      expect(world.view(unfinished)).toEqual([]);
      expect(world.view((tx) => tx.services.get('web')?.previousSpec)).toBeUndefined();
      expect(await world.end()).toEqual([]);
    },
  );

  test('[L13] an update whose failure action is to continue goes on, and one with few failures too', async () => {
    const careless = await worldWith({ parallelism: 2, failureAction: UpdateConfigFailureAction.CONTINUE });
    await rollService(careless.store, 'web', 'broken');
    await careless.pass(minute);
    expect(updateState(careless)).toBe(UpdateStatusUpdateState.UPDATING);
    const lenient = await worldWith({
      parallelism: 2,
      maxFailureRatio: 0.5,
      failureAction: UpdateConfigFailureAction.PAUSE,
    });
    await rollService(lenient.store, 'web', 'broken');
    await lenient.pass(minute);
    expect(updateState(lenient)).toBe(UpdateStatusUpdateState.UPDATING);
    expect([...(await careless.end()), ...(await lenient.end())]).toEqual([]);
  });

  test('[L12] a task that failed long ago does not make a slot updated', async () => {
    const start = new VirtualClock().now();
    const world = await worldWith({ parallelism: 0 }, 4, 'replicated', {
      timeIn: () => 0,
      endOf: (task) => (creationTime(task) === start ? { after: 500, exitCode: 1, message: 'crashed' } : undefined),
    });
    await world.pass(10_000);
    for (const image of ['web:2', 'web:1']) {
      await rollService(world.store, 'web', image);
      expect(await world.passUntilDone(unfinished, minute)).toEqual([]);
      expect(tasks(world, image)).toEqual([4, 4]);
    }
    expect(await world.end()).toEqual([]);
  });

  test('[L7][L12] an updater that was away goes on where the update is; a spec changed back is no update', async () => {
    const world = await worldWith({ parallelism: 1, delay: { seconds: 10 } });
    await rollService(world.store, 'web', 'web:2');
    await world.pass(3000);
    await world.stopLoop(startUpdater);
    await world.pass(minute);
    expect(tasks(world, 'web:2')).toEqual([1, 1]);
    world.startLoop(startUpdater);
    await world.settle();
    expect(tasks(world, 'web:2')).toEqual([2, 1]);
    expect(await world.passUntilDone(unfinished, 10 * minute)).toEqual([]);
    await world.pass(minute);
    await world.stopLoop(startUpdater);
    await rollService(world.store, 'web', 'web:3');
    await rollService(world.store, 'web', 'web:2');
    await world.settle();
    const { commits } = world;
    world.startLoop(startUpdater);
    await world.pass(minute);
    expect(world.commits).toBe(commits);
    expect(await world.end()).toEqual([]);
  });
});
