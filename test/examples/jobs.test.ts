import { describe, expect, test } from '@jest/globals';
import { RestartPolicyRestartCondition, TaskState, all, byServiceId } from 'swarmstate';
import { Task } from 'swarmstate/proto';
import type { ServiceSpecInput } from 'swarmstate/proto';
import type { ContainerBehaviour } from '../../examples/orchestrator/agents/container-behaviour.ts';
import { ordinaryContainers } from '../../examples/orchestrator/agents/container-behaviour.ts';
import { setNodeUp } from '../../examples/orchestrator/operator.ts';
import { clusterProgress, isSettled } from '../../examples/orchestrator/progress.ts';
import { World } from './support/world.ts';

/** Containers that work for a second; of a job's tasks in slot 2 the first one fails. */
const workers: ContainerBehaviour = {
  timeIn: () => 100,
  endOf(task) {
    if (task.jobIteration === undefined) return undefined;
    const fails = task.slot === 2 && !failed.has(task.serviceId);
    if (fails) failed.add(task.serviceId);
    return { after: 1000, exitCode: fails ? 1 : 0, message: fails ? 'no luck' : 'done' };
  },
};
const failed = new Set<string>();

async function worldWithJob(spec: ServiceSpecInput): Promise<World> {
  failed.clear();
  const world = await World.start({ behaviour: workers });
  await world.write((tx) => {
    tx.services.create({
      id: 'job',
      spec: {
        annotations: { name: 'job' },
        task: {
          container: { image: 'job:1' },
          restart: { condition: RestartPolicyRestartCondition.ON_FAILURE, delay: { seconds: 1 } },
        },
        ...spec,
      },
      jobStatus: { jobIteration: { index: 0 } },
    });
  });
  return world;
}

/** The most tasks that were under way after any commit, until the cluster is settled. */
async function passUntilOver(world: World): Promise<number> {
  let most = 0;
  for (let turn = 0; turn < 500 && !world.view(isSettled); turn++) {
    await world.pass(50);
    const wanted = world
      .view((tx) => tx.tasks.find(byServiceId('job')))
      .filter(({ desiredState, status }) => desiredState <= TaskState.RUNNING && status.state <= TaskState.RUNNING);
    most = Math.max(most, wanted.length);
  }
  return most;
}

function completed(world: World): number {
  return world.view((tx) => tx.tasks.find(all)).filter(({ status }) => status.state === TaskState.COMPLETE).length;
}

describe('jobs', () => {
  test('[L29] a replicated job runs until as many tasks as it says have succeeded, some at once', async () => {
    const world = await worldWithJob({ replicatedJob: { totalCompletions: 5, maxConcurrent: 2 } });
    expect(await passUntilOver(world)).toBe(2);
    expect(completed(world)).toBe(5);
    expect([...failed]).toEqual(['job']);
    expect(world.view(clusterProgress)).toMatchObject([
      { mode: 'job', desired: 5, running: 0, done: 5, settled: true },
    ]);
    // No task is created again.
    await world.pass(60_000);
    expect(completed(world)).toBe(5);
    expect(await world.end()).toEqual([]);
  });

  test('[L29] a global job runs once on each node, and on a node that comes later', async () => {
    const world = await worldWithJob({ globalJob: {} });
    await setNodeUp(world.store, 'node-3', false);
    await passUntilOver(world);
    expect(completed(world)).toBe(2);
    await setNodeUp(world.store, 'node-3', true);
    await passUntilOver(world);
    expect(completed(world)).toBe(3);
    expect(await world.end()).toEqual([]);
  });

  test('[L29] the simulated container of a job succeeds after some seconds, that of a service runs on', async () => {
    const world = await worldWithJob({ replicatedJob: { totalCompletions: 1, maxConcurrent: 0 } });
    await world.settle();
    const [task] = world.view((tx) => tx.tasks.find(all));
    const { endOf } = ordinaryContainers({
      seed: 1,
      crashing: 0,
      trouble: { from: 0, until: 0 },
      crashAfter: [0, 0],
    });
    const end = endOf(task!);
    expect(end?.exitCode).toBe(0);
    expect(end?.after).toBeGreaterThanOrEqual(3000);
    expect(end?.after).toBeLessThanOrEqual(9000);
    expect(endOf(Task.from({ ...task!, jobIteration: undefined }))).toBeUndefined();
    expect(await world.end()).toEqual([]);
  });
});
