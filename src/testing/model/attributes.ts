import type { Annotations } from '../../wire/generated/common.ts';
import type { Service } from '../../wire/generated/service.ts';
import type { Task } from '../../wire/generated/task.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { TaskSpec } from '../../wire/generated/task.ts';
import { foldCase } from './text.ts';

/**
 * The annotations of an object: those of its spec, except for tasks, resources and extensions, which have their own.
 */
export function annotationsOf<K extends Kind>(kind: K, object: Kinds[K]): Annotations {
  if (kind === 'task' || kind === 'resource' || kind === 'extension')
    return (object as Kinds['task' | 'resource' | 'extension']).annotations;
  return (object as Exclude<Kinds[Kind], Kinds['task' | 'resource' | 'extension']>).spec.annotations;
}

/** The name that finds an object, with case; undefined for a node without one. */
export function nameOf<K extends Kind>(kind: K, object: Kinds[K]): string | undefined {
  if (kind === 'node') return (object as Kinds['node']).description?.hostname;
  const { name } = annotationsOf(kind, object);
  return kind === 'task' && name === '' ? derivedName(object as Task) : name;
}

function derivedName(task: Task): string {
  const service = task.serviceAnnotations.name;
  return task.slot === 0 ? `${service}.${task.nodeId}.${task.id}` : `${service}.${task.slot}.${task.id}`;
}

/** The names of a task spec's runtime: one, or none. */
export function runtimesOf(spec: TaskSpec): readonly string[] {
  if (spec.attachment !== undefined) return ['attachment'];
  if (spec.container !== undefined) return ['container'];
  return spec.generic === undefined ? [] : [foldCase(spec.generic.kind)];
}

/** The ids of the networks of a service. */
export function serviceNetworks({ spec }: Service): readonly string[] {
  return (spec.task.networks.length > 0 ? spec.task.networks : spec.networks).map((network) => network.target);
}

/** The ids of the secrets or configs of a task spec. */
export function referencesOf(spec: TaskSpec, what: 'secrets' | 'configs'): readonly string[] {
  if (spec.container === undefined) return [];
  return what === 'secrets'
    ? spec.container.secrets.map((reference) => reference.secretId)
    : spec.container.configs.map((reference) => reference.configId);
}
