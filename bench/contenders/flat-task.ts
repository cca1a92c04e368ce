import type { Task } from 'swarmstate';

/** A task with its index keys as members, for stores whose indexes are on such. The object itself hangs below. */
export interface FlatTask {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
  readonly nodeId: string;
  readonly slotKey: string;
  readonly desiredState: number;
  readonly state: number;
  readonly runtime: string;
  readonly networks: readonly string[];
  readonly secrets: readonly string[];
  readonly configs: readonly string[];
  readonly volumes: readonly string[];
  readonly custom: readonly string[];
  readonly task: Task;
}

export function flatten(task: Task): FlatTask {
  const { container } = task.spec;
  return {
    id: task.id,
    name: task.annotations.name,
    serviceId: task.serviceId,
    nodeId: task.nodeId,
    slotKey: `${task.serviceId}|${String(task.slot)}`,
    desiredState: task.desiredState,
    state: task.status.state,
    runtime: container === undefined ? 'other' : 'container',
    networks: task.spec.networks.map(({ target }) => target),
    secrets: (container?.secrets ?? []).map(({ secretId }) => secretId),
    configs: (container?.configs ?? []).map(({ configId }) => configId),
    volumes: task.volumes.map(({ id }) => id),
    custom: task.annotations.indices.map(({ key, val }) => `${key}|${val}`),
    task,
  };
}
