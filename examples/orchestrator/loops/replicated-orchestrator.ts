import { TaskState, all, byServiceId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Service, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { fillSlot, removeTasks, replaceTask } from './new-task.ts';
import { nodeChanges, tasksOnNode } from './node-events.ts';
import { groupBySlot, isOccupied } from './slots.ts';
import { isFinished, isUnavailable, shouldRun } from './tasks.ts';

/**
 * New tasks in one step at most: a service of thousands is built up in several transactions, and other writers get
 * their turns in between.
 */
const newTasksPerStep = 100;

/**
 * Keeps as many slots of each replicated service occupied as its spec says: fills empty ones, removes surplus ones,
 * moves tasks away from nodes that are lost or drained, and removes what a deleted service leaves behind. Tasks that
 * end by themselves are the restart supervisor's.
 */
export function startReplicatedOrchestrator(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'replicated orchestrator',
      tables: ['service', 'task', 'node'],
      events: [
        { kind: 'service' },
        // What agents report of a task is not for this loop; when the managers change their mind about it, it is.
        {
          kind: 'task',
          check: (task, old) =>
            old === undefined || task.desiredState !== old.desiredState || task.nodeId !== old.nodeId,
        },
        nodeChanges,
      ],
      initialKeys: servicesAndOrphans,
      keysOf: concernedServices,
      step: reconcile,
    },
    options,
  );
}

/** The services, and those that tasks still belong to although they are gone. */
function servicesAndOrphans(tx: ReadTx): ReadonlySet<string> {
  const ids = new Set(tx.services.find(all).map(({ id }) => id));
  for (const task of tx.tasks.iterate(all)) if (task.serviceId !== '') ids.add(task.serviceId);
  return ids;
}

function concernedServices(event: ObjectEvent, tx: ReadTx): readonly string[] {
  if (event.kind === 'service') return [event.object.id];
  const tasks = event.kind === 'task' ? [event.object] : event.kind === 'node' ? tasksOnNode(event, tx) : [];
  return tasks.flatMap((task) => (task.serviceId === '' ? [] : [task.serviceId]));
}

function reconcile(tx: Tx, serviceId: string, context: StepContext): number | undefined {
  const service = tx.services.get(serviceId);
  const tasks = tx.tasks.find(byServiceId(serviceId)).filter((task) => task.slot !== 0);
  if (service === undefined || service.pendingDelete) {
    removeTasks(tx, tasks);
    return undefined;
  }
  if (service.spec.replicated === undefined) return undefined;
  for (const task of tasks) {
    if (shouldRun(task) && !isFinished(task) && task.nodeId !== '' && isUnavailable(tx.nodes.get(task.nodeId))) {
      replaceTask(tx, task, service, context);
    }
  }
  return scale(tx, service, service.spec.replicated.replicas, context);
}

/** Fills or removes slots until there are `replicas` of them. */
function scale(tx: Tx, service: Service, replicas: number, context: StepContext): number | undefined {
  const slots = groupBySlot(tx.tasks.find(byServiceId(service.id)).filter((task) => task.slot !== 0)).filter(
    isOccupied,
  );
  for (const slot of surplus(slots, slots.length - replicas)) removeTasks(tx, slot);
  const taken = new Set(slots.map(([task]) => task.slot));
  let missing = replicas - slots.length;
  for (let slot = 1, created = 0; missing > 0; slot++) {
    if (taken.has(slot)) continue;
    if (created === newTasksPerStep) return context.now;
    fillSlot(tx, service, { serviceId: service.id, slot, nodeId: '' }, context);
    created++;
    missing--;
  }
  return undefined;
}

/**
 * The slots to give up: those where nothing runs yet first, then those on nodes that have most of this service, then
 * the highest numbers.
 */
function surplus(slots: readonly (readonly Task[])[], count: number): readonly (readonly Task[])[] {
  if (count <= 0) return [];
  const onNode = new Map<string, number>();
  const ranked = slots.map((tasks) => {
    const task = tasks.find(shouldRun);
    const running = task?.status.state === TaskState.RUNNING;
    // The first task of a service on a node ranks 0, the second 1: giving up the highest ranks first leaves the nodes
    // evenly loaded.
    const rank = running ? (onNode.get(task.nodeId) ?? 0) : Infinity;
    if (running) onNode.set(task.nodeId, rank + 1);
    return { tasks, rank };
  });
  const worstFirst = ranked.reverse().sort((a, b) => (a.rank === b.rank ? 0 : b.rank > a.rank ? 1 : -1));
  return worstFirst.slice(0, count).map(({ tasks }) => tasks);
}
