import { NodeSpecMembership, all, byServiceId } from 'swarmstate';
import type { MemoryStore, Node, ObjectEvent, ReadTx, Service, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { fillSlot, removeTasks } from './new-task.ts';
import { nodeChanges } from './node-events.ts';
import { isReady, refusesSpec } from './placement.ts';
import { isOccupied } from './slots.ts';
import { isUnavailable } from './tasks.ts';

/**
 * Keeps one task of each global service or job on every node that the service's placement allows. A new node gets its
 * tasks; a node that is lost, drained or no longer allowed loses them. A paused node keeps its tasks and gets no new
 * ones.
 */
export function startGlobalOrchestrator(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'global orchestrator',
      tables: ['service', 'task', 'node'],
      events: [
        { kind: 'service' },
        {
          kind: 'task',
          check: (task, old) => task.slot === 0 && (old === undefined || task.desiredState !== old.desiredState),
        },
        nodeChanges,
      ],
      initialKeys: globalServicesAndOrphans,
      keysOf: concernedServices,
      step: reconcile,
    },
    options,
  );
}

/** A global job differs only in its tasks, which end. A task that is done keeps its place on the node. */
function isGlobal({ spec }: Service): boolean {
  return spec.global !== undefined || spec.globalJob !== undefined;
}

function globalServicesAndOrphans(tx: ReadTx): ReadonlySet<string> {
  const ids = new Set(tx.services.find(all).map(({ id }) => id));
  for (const task of tx.tasks.iterate(all)) if (task.serviceId !== '' && task.slot === 0) ids.add(task.serviceId);
  return ids;
}

function concernedServices(event: ObjectEvent, tx: ReadTx): readonly string[] {
  if (event.kind === 'service') return [event.object.id];
  if (event.kind === 'task') return event.object.serviceId === '' ? [] : [event.object.serviceId];
  return tx.services.find(all).flatMap((service) => (isGlobal(service) ? [service.id] : []));
}

function reconcile(tx: Tx, serviceId: string, context: StepContext): undefined {
  const service = tx.services.get(serviceId);
  const tasks = tx.tasks.find(byServiceId(serviceId)).filter((task) => task.slot === 0);
  if (service === undefined || service.pendingDelete) {
    removeTasks(tx, tasks);
    return;
  }
  if (!isGlobal(service)) return;
  const byNode = new Map<string, Task[]>(tx.nodes.find(all).map(({ id }) => [id, []]));
  for (const task of tasks) {
    const onNode = byNode.get(task.nodeId);
    // A task on a deleted node is removed at once.
    if (onNode === undefined) removeTasks(tx, [task]);
    else onNode.push(task);
  }
  for (const [nodeId, onNode] of byNode) {
    const node = tx.nodes.get(nodeId);
    if (node === undefined) continue;
    if (!mayRun(node, service)) removeTasks(tx, onNode);
    else if (isReady(node) && !isOccupied(onNode)) fillSlot(tx, service, { serviceId, slot: 0, nodeId }, context);
  }
}

/** True when a node may keep the task of the service. To get a new one, it also has to be ready. */
function mayRun(node: Node, service: Service): boolean {
  return (
    !isUnavailable(node) &&
    node.spec.membership === NodeSpecMembership.ACCEPTED &&
    refusesSpec(node, service.spec.task) === undefined
  );
}
