import { TaskState } from '../../../wire/generated/enums.ts';
import { EndpointSpec } from '../../../wire/generated/network.ts';
import type { Service } from '../../../wire/generated/service.ts';
import { TaskSpec } from '../../../wire/generated/task.ts';
import type { Task } from '../../../wire/generated/task.ts';

/**
 * True for a task that was made from its service as the service is now. The options of a pull do not count while the
 * task needs no pull any more. In swarmkit, a task whose placement alone has changed counts too where its node fits.
 */
export function isUpToDate(task: Task, service: Service | undefined): boolean {
  if (service === undefined) return false;
  const { specVersion } = service;
  if (specVersion !== undefined && task.specVersion?.index === specVersion.index) return true;
  if (!same(TaskSpec.encode(task.spec), TaskSpec.encode(wantedSpec(service.spec.task, task)))) return false;
  if (task.endpoint === undefined) return true;
  return same(EndpointSpec.encode(task.endpoint.spec ?? {}), EndpointSpec.encode(service.spec.endpoint ?? {}));
}

function wantedSpec(spec: TaskSpec, { spec: own, status, desiredState }: Task): TaskSpec {
  const { READY, RUNNING } = TaskState;
  const hasImage = desiredState <= RUNNING && status.state >= READY && status.state <= RUNNING;
  if (!hasImage || spec.container === undefined || own.container === undefined) return spec;
  const { pullOptions } = own.container;
  return TaskSpec.from({ ...spec, container: { ...spec.container, pullOptions } });
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
