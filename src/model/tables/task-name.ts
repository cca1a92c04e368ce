import type { Task, TaskSpec } from '../../wire/generated/task.ts';
import { foldCase } from '../../base/text/fold-case.ts';

/**
 * The name under which a task is found: its own, or one derived from its service, its slot (its node, for a task
 * without a slot) and its id. The service part may be empty, which leaves a leading dot.
 */
export function taskName(task: Task): string {
  if (task.annotations.name !== '') return task.annotations.name;
  const place = task.slot === 0 ? task.nodeId : String(task.slot);
  return `${task.serviceAnnotations.name}.${place}.${task.id}`;
}

/** The name of the runtime that a task spec asks for, or undefined when it asks for none. */
export function runtimeName(spec: TaskSpec): string | undefined {
  if (spec.attachment !== undefined) return 'attachment';
  if (spec.container !== undefined) return 'container';
  if (spec.generic !== undefined) return foldCase(spec.generic.kind);
  return undefined;
}
