import { NodeRole, NodeStatusState, all, byNodeId } from 'swarmstate';
import type { Node, ReadTx, Service } from 'swarmstate';
import { shouldRun } from './loops/tasks.ts';

// The services, nodes and images that the scenario and the keys act on.

/** The replicas that the spec of a service asks for; 0 for a global service or a job. */
export function replicasOf(service: Service): number {
  return service.spec.replicated?.replicas ?? 0;
}

/** The name of a service for people. */
export function nameOf(service: Service): string {
  return service.spec.annotations.name === '' ? service.id : service.spec.annotations.name;
}

/** The image of a service; empty when it has none. */
export function imageOf(service: Service): string {
  return service.spec.task.container?.image ?? '';
}

/** The name of a node for people. */
export function hostOf(node: Node): string {
  return node.description?.hostname ?? node.id;
}

/** The number of tasks that should run on a node. */
export function tasksOn(tx: ReadTx, node: Node): number {
  return tx.tasks.find(byNodeId(node.id)).filter(shouldRun).length;
}

/** The worker with the most tasks, whose loss has the most effect; undefined where there is only one node. */
export function busiestNode(tx: ReadTx): Node | undefined {
  const ready = tx.nodes.find(all).filter((node) => node.status.state === NodeStatusState.READY);
  if (ready.length < 2) return undefined;
  const workers = ready.filter((node) => node.role === NodeRole.WORKER);
  const candidates = workers.length > 0 ? workers : ready;
  return candidates.toSorted((a, b) => tasksOn(tx, b) - tasksOn(tx, a))[0];
}

/** The image with the last number of its tag increased by one, or with the tag `next` if the tag has no number. */
export function nextImage(image: string): string {
  const [name = '', tag] = image.replace(/@.*$/, '').split(/:(?=[^/]*$)/);
  const [, before, number, after] = /^(.*?)(\d+)(\D*)$/.exec(tag ?? '') ?? [];
  return number === undefined
    ? `${name}:${tag === 'next' ? 'newer' : 'next'}`
    : `${name}:${before ?? ''}${Number(number) + 1}${after ?? ''}`;
}

/** A number of things: `1 task`, `2 tasks`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
