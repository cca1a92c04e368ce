import type { Task, TaskSpec } from '../../wire/generated/task.ts';
import { foldCase } from '../../base/text/fold-case.ts';

/**
 * The name that finds a task: its own name, or a name derived from its service, slot and id. A task without a slot has
 * its node in place of the slot. The service part may be empty; the name begins with a dot then.
 */
export function taskName(task: Task): string {
  if (task.annotations.name !== '') return task.annotations.name;
  const slotOrNode = task.slot === 0 ? task.nodeId : String(task.slot);
  return `${task.serviceAnnotations.name}.${slotOrNode}.${task.id}`;
}

/** The name of the runtime of a task spec; undefined when it has none. */
export function runtimeName(spec: TaskSpec): string | undefined {
  if (spec.attachment !== undefined) return 'attachment';
  if (spec.container !== undefined) return 'container';
  if (spec.generic !== undefined) return foldCase(spec.generic.kind);
  return undefined;
}
