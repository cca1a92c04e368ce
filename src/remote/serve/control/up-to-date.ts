import { EndpointSpec } from '../../../wire/generated/network.ts';
import type { Service } from '../../../wire/generated/service.ts';
import { TaskSpec } from '../../../wire/generated/task.ts';
import type { Task } from '../../../wire/generated/task.ts';

/** True for a task that was made from its service as the service is now. */
export function isUpToDate(task: Task, service: Service | undefined): boolean {
  if (service === undefined) return false;
  const { specVersion } = service;
  if (specVersion !== undefined && task.specVersion?.index === specVersion.index) return true;
  if (!same(TaskSpec.encode(task.spec), TaskSpec.encode(service.spec.task))) return false;
  if (task.endpoint === undefined) return true;
  return same(EndpointSpec.encode(task.endpoint.spec ?? {}), EndpointSpec.encode(service.spec.endpoint ?? {}));
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
