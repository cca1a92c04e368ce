import { TaskState, all, byServiceId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Service, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { fillSlot, removeTasks, replaceTask } from './new-task.ts';
import { nodeChanges, tasksOnNode } from './node-events.ts';
import { groupBySlot, isOccupied } from './slots.ts';
import { isFinished, isUnavailable, shouldRun } from './tasks.ts';

/**
 * The largest number of new tasks in one step. A service with thousands of tasks is created in several transactions, so
 * that other writers get the write lock in between.
 */
const newTasksPerStep = 100;

/**
 * Keeps as many slots of each replicated service or job occupied as its spec says. Fills empty slots, removes surplus
 * ones, moves tasks away from lost or drained nodes, and removes the tasks of deleted services. The restart supervisor
 * replaces tasks that end by themselves.
 */
export function startReplicatedOrchestrator(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'replicated orchestrator',
      tables: ['service', 'task', 'node'],
      events: [
        { kind: 'service' },
        // Reports of agents do not concern this loop; changes by the managers do.
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

/** The ids of the services, and those of deleted services that still have tasks. */
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
  const places = placesOf(service);
  if (places === undefined) return undefined;
  for (const task of tasks) {
    if (shouldRun(task) && !isFinished(task) && task.nodeId !== '' && isUnavailable(tx.nodes.get(task.nodeId))) {
      replaceTask(tx, task, service, context);
    }
  }
  return scale(tx, service, places, context);
}

/** The number of slots of a service, and the number of them that may be under way at once. */
interface Places {
  readonly count: number;
  readonly atOnce: number;
}

/** A job is a service whose tasks end. Its done slots stay occupied, so each is filled once. */
function placesOf({ spec: { replicated, replicatedJob } }: Service): Places | undefined {
  if (replicated !== undefined) return { count: replicated.replicas, atOnce: Infinity };
  if (replicatedJob === undefined) return undefined;
  const { totalCompletions, maxConcurrent } = replicatedJob;
  return { count: totalCompletions, atOnce: maxConcurrent === 0 ? Infinity : maxConcurrent };
}

/** Fills or removes slots until there are as many as the service has places. */
function scale(tx: Tx, service: Service, places: Places, context: StepContext): number | undefined {
  const slots = groupBySlot(tx.tasks.find(byServiceId(service.id)).filter((task) => task.slot !== 0)).filter(
    isOccupied,
  );
  for (const slot of surplus(slots, slots.length - places.count)) removeTasks(tx, slot);
  const taken = new Set(slots.map(([task]) => task.slot));
  const underWay = slots.filter((slot) => slot.some(shouldRun)).length;
  let missing = Math.min(places.count - slots.length, places.atOnce - underWay);
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
 * The slots to remove: first those where nothing runs yet, then those on the nodes with the most tasks of this service,
 * then those with the highest numbers.
 */
function surplus(slots: readonly (readonly Task[])[], count: number): readonly (readonly Task[])[] {
  if (count <= 0) return [];
  const onNode = new Map<string, number>();
  const ranked = slots.map((tasks) => {
    const task = tasks.find(shouldRun);
    const running = task?.status.state === TaskState.RUNNING;
    // The first task of a service on a node has rank 0, the second rank 1. Removing the highest ranks first keeps the
    // nodes evenly loaded.
    const rank = running ? (onNode.get(task.nodeId) ?? 0) : Infinity;
    if (running) onNode.set(task.nodeId, rank + 1);
    return { tasks, rank };
  });
  const worstFirst = ranked.reverse().sort((a, b) => (a.rank === b.rank ? 0 : b.rank > a.rank ? 1 : -1));
  return worstFirst.slice(0, count).map(({ tasks }) => tasks);
}
