import { TaskSpec } from 'swarmstate/proto';
import type { Service, Task } from 'swarmstate';

const encoded = new WeakMap<object, Uint8Array>();

/**
 * True when a task has the present spec of the service. Compared by value, not by version: a service that is changed
 * and changed back needs no update, and neither do tasks in a snapshot of another manager.
 */
export function isCurrent(task: Task, service: Service): boolean {
  return sameSpec(task.spec, service.spec.task);
}

/** True when two specs are equal by value. */
export function sameSpec(a: TaskSpec, b: TaskSpec): boolean {
  // The store shares equal objects, so equal specs are mostly the same object.
  return a === b || Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

/** Stored objects never change, so their bytes can be cached. */
function bytesOf(spec: TaskSpec): Uint8Array {
  let bytes = encoded.get(spec);
  if (bytes === undefined) {
    bytes = TaskSpec.encode(spec);
    encoded.set(spec, bytes);
  }
  return bytes;
}
