import { NodeSpecAvailability, NodeSpecMembership, NodeStatusState, byNodeId } from 'swarmstate';
import type { Node, ReadTx, Task } from 'swarmstate';
import type { Platform, TaskSpec } from 'swarmstate/proto';
import { satisfies } from './constraints.ts';
import { isOver, shouldRun } from './tasks.ts';

/** The reason why a node cannot take a task; undefined when it can. */
export type Refusal = string | undefined;

/** True for a node that takes new tasks. */
export function isReady(node: Node): boolean {
  return (
    node.status.state === NodeStatusState.READY &&
    node.spec.availability === NodeSpecAvailability.ACTIVE &&
    node.spec.membership === NodeSpecMembership.ACCEPTED
  );
}

/** Tests the demands of a spec that do not depend on the node's tasks: constraints and platforms. */
export function refusesSpec(node: Node, spec: TaskSpec): Refusal {
  const broken = spec.placement?.constraints.find((constraint) => !satisfies(node, constraint));
  if (broken !== undefined) return broken;
  const platforms = spec.placement?.platforms ?? [];
  return platforms.length === 0 || platforms.some((platform) => fitsPlatform(node, platform))
    ? undefined
    : 'another platform';
}

/** The load of a node before a new task is added. */
export interface Load {
  /** The number of tasks of the new task's service. */
  readonly replicas: number;
  readonly tasks: number;
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

/** The load of a node without `task`. A task that is being stopped still counts. O(tasks on the node). */
export function loadOf(tx: ReadTx, node: Node, task: Task): Load {
  const load = { replicas: 0, tasks: 0, nanoCpus: 0, memoryBytes: 0 };
  for (const other of tx.tasks.iterate(byNodeId(node.id))) {
    if (other.id === task.id || isOver(other)) continue;
    load.tasks++;
    if (other.serviceId === task.serviceId && shouldRun(other)) load.replicas++;
    load.nanoCpus += other.spec.resources?.reservations?.nanoCpus ?? 0;
    load.memoryBytes += other.spec.resources?.reservations?.memoryBytes ?? 0;
  }
  return load;
}

/** Tests if a node with this load can take a task. */
export function refusesTask(node: Node, task: Task, load: Load): Refusal {
  if (!isReady(node)) return 'not ready';
  const demand = refusesSpec(node, task.spec);
  if (demand !== undefined) return demand;
  const limit = task.spec.placement?.maxReplicas ?? 0;
  if (limit > 0 && load.replicas >= limit) return 'max replicas per node';
  const wanted = task.spec.resources?.reservations;
  const offered = node.description?.resources;
  // The resources of a node that reports none are not tested.
  if (wanted === undefined || offered === undefined) return undefined;
  if (load.nanoCpus + wanted.nanoCpus > offered.nanoCpus) return 'not enough processors';
  return load.memoryBytes + wanted.memoryBytes > offered.memoryBytes ? 'not enough memory' : undefined;
}

function fitsPlatform(node: Node, platform: Platform): boolean {
  const own = node.description?.platform;
  return (
    (platform.os === '' || platform.os === own?.os) &&
    (platform.architecture === '' || platform.architecture === own?.architecture)
  );
}
