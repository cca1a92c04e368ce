import { describe, expect, test } from '@jest/globals';
import { RestartPolicyRestartCondition, TaskState, byServiceId } from 'swarmstate';
import type { Task } from 'swarmstate';
import type { RestartPolicyInput } from 'swarmstate/proto';
import type { ContainerBehaviour } from '../../examples/orchestrator/agents/container-behaviour.ts';
import { startRestartSupervisor } from '../../examples/orchestrator/loops/restart-supervisor.ts';
import { setNodeUp } from '../../examples/orchestrator/operator.ts';
import { World } from './support/world.ts';

/** Every container ends one second after its start. */
function ending(exitCode: number): ContainerBehaviour {
  return { timeIn: () => 0, endOf: () => ({ after: 1000, exitCode, message: 'it ended' }) };
}

async function worldWith(restart: RestartPolicyInput, exitCode = 1): Promise<World> {
  const world = await World.start({ behaviour: ending(exitCode) });
  await world.write((tx) => {
    tx.services.create({
      id: 'job',
      spec: {
        annotations: { name: 'job' },
        task: { container: { image: 'job:1' }, restart },
        replicated: { replicas: 1 },
      },
    });
  });
  return world;
}

function states(world: World): readonly string[] {
  const show = (task: Task): string => `${String(task.desiredState)}/${String(task.status.state)}`;
  return world.view((tx) => tx.tasks.find(byServiceId('job')).map(show));
}

const any = RestartPolicyRestartCondition.ANY;
const onFailure = RestartPolicyRestartCondition.ON_FAILURE;
const none = RestartPolicyRestartCondition.NONE;
const { RUNNING, READY, SHUTDOWN, FAILED, COMPLETE } = TaskState;

describe('restart supervisor', () => {
  test('[L11] a task that failed is replaced at once, and its successor runs when the delay is over', async () => {
    const world = await worldWith({ condition: any, delay: { seconds: 3 } });
    await world.pass(1000);
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${READY}/${READY}`]);
    await world.pass(2999);
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${READY}/${READY}`]);
    await world.pass(1);
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${RUNNING}/${RUNNING}`]);
    expect(await world.end()).toEqual([]);
  });

  test('[L7][L11] a supervisor that was away reads in the store when the delay is over', async () => {
    const world = await worldWith({ condition: any, delay: { seconds: 3 } });
    await world.pass(1500);
    await world.stopLoop(startRestartSupervisor);
    await world.pass(2000);
    world.startLoop(startRestartSupervisor);
    await world.pass(499);
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${READY}/${READY}`]);
    await world.pass(1);
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${RUNNING}/${RUNNING}`]);
    await world.stopLoop(startRestartSupervisor);
    await world.pass(60_000);
    world.startLoop(startRestartSupervisor);
    // The delay was over long ago: the next one runs at once.
    await world.settle();
    expect(states(world)).toEqual([`${SHUTDOWN}/${FAILED}`, `${SHUTDOWN}/${FAILED}`, `${RUNNING}/${RUNNING}`]);
    expect(await world.end()).toEqual([]);
  });

  test.each([
    { condition: any, exitCode: 0, tasks: 2 },
    { condition: any, exitCode: 1, tasks: 2 },
    { condition: onFailure, exitCode: 0, tasks: 1 },
    { condition: onFailure, exitCode: 1, tasks: 2 },
    { condition: none, exitCode: 1, tasks: 1 },
  ])('[L11] the restart condition decides whether there is a next task: %j', async ({ condition, exitCode, tasks }) => {
    const world = await worldWith({ condition, delay: { seconds: 60 } }, exitCode);
    await world.pass(30_000);
    expect(states(world)).toHaveLength(tasks);
    expect(states(world)[0]).toBe(`${SHUTDOWN}/${exitCode === 0 ? COMPLETE : FAILED}`);
    expect(await world.end()).toEqual([]);
  });

  test('[L11][L12] the next task of a slot runs when the one before has stopped, or its node is lost', async () => {
    const stopping = async (): Promise<World> => {
      const world = await World.start({ loops: [startRestartSupervisor] });
      await world.write((tx) => {
        tx.services.create({ id: 'job', spec: { annotations: { name: 'job' }, replicated: { replicas: 1 } } });
        tx.tasks.create({
          id: 'a',
          serviceId: 'job',
          slot: 1,
          nodeId: 'node-1',
          desiredState: SHUTDOWN,
          status: { state: RUNNING },
        });
        tx.tasks.create({ id: 'b', serviceId: 'job', slot: 1, desiredState: READY, status: { state: READY } });
      });
      await world.settle();
      expect(states(world)).toEqual([`${SHUTDOWN}/${RUNNING}`, `${READY}/${READY}`]);
      return world;
    };
    const stopped = await stopping();
    await stopped.write((tx) => {
      tx.tasks.modify('a', (draft) => {
        draft.status.state = SHUTDOWN;
      });
    });
    await stopped.settle();
    expect(states(stopped)).toEqual([`${SHUTDOWN}/${SHUTDOWN}`, `${RUNNING}/${READY}`]);
    const lost = await stopping();
    await setNodeUp(lost.store, 'node-1', false);
    await lost.settle();
    expect(states(lost)).toEqual([`${SHUTDOWN}/${RUNNING}`, `${RUNNING}/${READY}`]);
    expect([...(await stopped.end()), ...(await lost.end())]).toEqual([]);
  });

  test('[L11] after the last attempt the slot stays as it is, and its attempts are not trimmed before', async () => {
    const world = await worldWith({ condition: any, maxAttempts: 8 });
    await world.pass(600_000);
    expect(states(world)).toEqual(Array(9).fill(`${SHUTDOWN}/${FAILED}`));
    expect(await world.end()).toEqual([]);
  });

  test('[L11] only the attempts within the window count', async () => {
    // A task lives a second and waits four: within 12 seconds there are two before it.
    const patient = await worldWith({ condition: any, delay: { seconds: 4 }, maxAttempts: 3, window: { seconds: 12 } });
    await patient.pass(300_000);
    expect(
      states(patient).filter((state) => state.startsWith(`${RUNNING}/`) || state.startsWith(`${READY}/`)),
    ).toHaveLength(1);
    const strict = await worldWith({ condition: any, delay: { seconds: 4 }, maxAttempts: 2, window: { seconds: 12 } });
    await strict.pass(300_000);
    expect(states(strict)).toEqual(Array(3).fill(`${SHUTDOWN}/${FAILED}`));
    expect([...(await patient.end()), ...(await strict.end())]).toEqual([]);
  });
});
