import { TaskSpec } from 'swarmstate/proto';
import type { Service, Task } from 'swarmstate';

const encoded = new WeakMap<object, Uint8Array>();

/**
 * True when a task was made from the service's present spec. By value, not by version: a service that is changed and
 * changed back needs no update, and neither do tasks that somebody else's manager left in a snapshot.
 */
export function isCurrent(task: Task, service: Service): boolean {
  return sameSpec(task.spec, service.spec.task);
}

/** True when two specs are equal by value. */
export function sameSpec(a: TaskSpec, b: TaskSpec): boolean {
  // The store shares what it made, so most of the time equal specs are one object.
  return a === b || Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

/** What the store gives out never changes, so its bytes are worth keeping. */
function bytesOf(spec: TaskSpec): Uint8Array {
  let bytes = encoded.get(spec);
  if (bytes === undefined) {
    bytes = TaskSpec.encode(spec);
    encoded.set(spec, bytes);
  }
  return bytes;
}
