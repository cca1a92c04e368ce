import {
  NodeSpecAvailability,
  NodeStatusState,
  TaskState,
  UpdateConfigUpdateOrder,
  all,
  byServiceId,
} from 'swarmstate';
import type { ObjectEvent, ReadTx, Service, Task } from 'swarmstate';
import { satisfies } from '../../../examples/orchestrator/loops/constraints.ts';
import { isCurrent } from '../../../examples/orchestrator/loops/same-spec.ts';

// Written against the rules of SPEC.md, with as little as possible of what the loops themselves use.

const wanted = (task: Task): boolean => task.desiredState <= TaskState.RUNNING;

function slots(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const key = `${task.serviceId}/${task.slot === 0 ? task.nodeId : String(task.slot)}`;
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  return groups;
}

/** A deleted service's last update may have been one. */
function startsFirst(service: Service | undefined): boolean {
  if (service === undefined) return true;
  const orders = [service.spec.update?.order, service.spec.rollback?.order];
  return orders.includes(UpdateConfigUpdateOrder.START_FIRST);
}

/** The rules that a commit breaks. No commit may break one, whichever loops run. */
export function brokenAfterCommit(tx: ReadTx, events: readonly ObjectEvent[]): readonly string[] {
  const broken: string[] = [];
  for (const [slot, tasks] of slots(tx.tasks.find(all))) {
    const running = tasks.filter(wanted);
    if (running.length < 2) continue;
    const service = tx.services.get(tasks[0]!.serviceId);
    const specs = new Set(running.map((task) => task.spec));
    if (running.length > 2 || specs.size < 2 || !startsFirst(service))
      broken.push(`slot ${slot} has ${running.length} tasks that should run`);
  }
  for (const event of events) {
    if (event.kind !== 'task' || event.action !== 'update' || event.oldObject === undefined) continue;
    const { object: task, oldObject: old } = event;
    if (task.status.state < old.status.state)
      broken.push(`task ${task.id} went back from ${old.status.state} to ${task.status.state}`);
    if (task.desiredState < old.desiredState) broken.push(`task ${task.id} is wanted again`);
    if (old.nodeId !== '' && task.nodeId !== old.nodeId) broken.push(`task ${task.id} changed its node`);
    if (old.status.state < TaskState.ASSIGNED && task.status.state >= TaskState.ASSIGNED)
      broken.push(...badPlacement(tx, task));
  }
  return broken;
}

function badPlacement(tx: ReadTx, task: Task): readonly string[] {
  const node = tx.nodes.get(task.nodeId);
  if (node?.status.state !== NodeStatusState.READY || node.spec.availability !== NodeSpecAvailability.ACTIVE) {
    return [`task ${task.id} was put on a node that takes none`];
  }
  const constraints = task.spec.placement?.constraints ?? [];
  const limit = task.spec.placement?.maxReplicas ?? 0;
  const there = tx.tasks
    .find(byServiceId(task.serviceId))
    .filter((other) => other.nodeId === node.id && wanted(other) && other.status.state <= TaskState.RUNNING);
  return [
    ...constraints
      .filter((constraint) => !satisfies(node, constraint))
      .map((constraint) => `task ${task.id} was put against ${constraint}`),
    ...(limit > 0 && there.length > limit ? [`task ${task.id} is one too many on its node`] : []),
  ];
}

/** The rules that are broken although every loop has settled, whatever is still under way. */
export function brokenAtRest(tx: ReadTx): readonly string[] {
  const broken: string[] = [];
  for (const task of tx.tasks.find(all)) {
    const node = tx.nodes.get(task.nodeId);
    if (task.nodeId !== '' && wanted(task) && (node === undefined || node.status.state === NodeStatusState.DOWN)) {
      broken.push(`task ${task.id} should run on a node that is down`);
    }
    if (task.serviceId !== '' && tx.services.get(task.serviceId) === undefined)
      broken.push(`task ${task.id} outlived its service`);
  }
  return broken;
}

/** The work that is left until the cluster is as its services say. */
export function unfinished(tx: ReadTx): readonly string[] {
  const broken = [...brokenAtRest(tx)];
  for (const service of tx.services.find(all)) {
    const tasks = tx.tasks.find(byServiceId(service.id));
    const running = tasks.filter((task) => wanted(task) && task.status.state === TaskState.RUNNING);
    const name = service.spec.annotations.name;
    if (tasks.filter(wanted).length !== running.length) broken.push(`${name} has tasks that do not run yet`);
    if (running.some((task) => !isCurrent(task, service))) broken.push(`${name} has tasks of an old spec`);
    if (tasks.some((task) => task.desiredState >= TaskState.REMOVE))
      broken.push(`${name} has tasks that were not removed`);
    const places = service.spec.global === undefined ? service.spec.replicated?.replicas : eligibleNodes(tx, service);
    if (running.length !== places) broken.push(`${name} has ${running.length} of ${String(places)} tasks`);
    if (
      new Set(running.map((task) => (service.spec.global === undefined ? task.slot : task.nodeId))).size !==
      running.length
    ) {
      broken.push(`${name} has a slot twice`);
    }
  }
  return broken;
}

function eligibleNodes(tx: ReadTx, service: Service): number {
  const constraints = service.spec.task.placement?.constraints ?? [];
  return tx.nodes
    .find(all)
    .filter(
      (node) =>
        node.status.state === NodeStatusState.READY &&
        node.spec.availability === NodeSpecAvailability.ACTIVE &&
        constraints.every((constraint) => satisfies(node, constraint)),
    ).length;
}
