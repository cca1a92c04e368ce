import type { ServiceStatus } from '../../../grpc/generated/api.ts';
import { byServiceId } from '../../../model/find/finders.ts';
import type { ReadTx } from '../../../store/transaction/tx.ts';
import { TaskState } from '../../../wire/generated/enums.ts';

/** The numbers of tasks that a service wants and has. The tasks of a deleted service still count. */
export function statusOf(tx: ReadTx, serviceId: string): ServiceStatus {
  const service = tx.services.get(serviceId);
  const { replicated, global, replicatedJob, globalJob } = service?.spec ?? {};
  const isGlobal = global !== undefined || globalJob !== undefined;
  const iteration = service?.jobStatus?.jobIteration.index;
  const wanted = globalJob === undefined ? TaskState.RUNNING : TaskState.COMPLETE;
  let desired = BigInt(replicated?.replicas ?? replicatedJob?.maxConcurrent ?? 0);
  let running = 0n;
  let completed = 0n;
  for (const { status, desiredState, jobIteration } of tx.tasks.find(byServiceId(serviceId))) {
    // Tasks of an earlier run of a job.
    if (iteration !== undefined && jobIteration?.index !== iteration) continue;
    if (iteration !== undefined && status.state === TaskState.COMPLETE) completed += 1n;
    if (status.state === TaskState.RUNNING) running += 1n;
    if (isGlobal && desiredState === wanted) desired += 1n;
  }
  return { serviceId, desiredTasks: desired, runningTasks: running, completedTasks: completed };
}
