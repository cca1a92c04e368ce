import { TaskState, UpdateStatusUpdateState, all, byServiceId } from 'swarmstate';
import type { ReadTx, Service } from 'swarmstate';
import { isReady, refusesSpec } from './loops/placement.ts';
import { isCurrent } from './loops/same-spec.ts';
import { groupBySlot } from './loops/slots.ts';
import { isDone, shouldRun } from './loops/tasks.ts';

/** The progress of a service towards its spec. */
export interface ServiceProgress {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly mode: 'replicated' | 'global' | 'job';
  /** The number of tasks that the spec demands. */
  readonly desired: number;
  /** The number of slots with a running task. */
  readonly running: number;
  /** The number of slots whose task ended and is not replaced, by its restart policy. */
  readonly done: number;
  /** The number of running tasks of the present spec. */
  readonly current: number;
  /** The state of the last update; undefined when there was none. */
  readonly update: UpdateStatusUpdateState | undefined;
  /** The reason why a task waits for a node; undefined when none waits. */
  readonly waitsFor: string | undefined;
  /** True when there is nothing left to do. */
  readonly settled: boolean;
}

const { UPDATING, PAUSED, ROLLBACK_STARTED, ROLLBACK_PAUSED } = UpdateStatusUpdateState;

/** The progress of one service. O(tasks of the service + nodes). */
function serviceProgress(tx: ReadTx, service: Service): ServiceProgress {
  const tasks = tx.tasks.find(byServiceId(service.id));
  const slots = groupBySlot(tasks);
  const isRunning = slots.map((slot) =>
    slot.filter((task) => shouldRun(task) && task.status.state === TaskState.RUNNING),
  );
  const running = isRunning.filter((slot) => slot.length > 0).length;
  const done = slots.filter((slot) => !slot.some(shouldRun) && slot.some(isDone)).length;
  const { replicated, global, replicatedJob, globalJob } = service.spec;
  const job = replicatedJob !== undefined || globalJob !== undefined;
  const desired = service.pendingDelete
    ? 0
    : (global ?? globalJob) !== undefined
      ? tx.nodes.find(all).filter((node) => isReady(node) && refusesSpec(node, service.spec.task) === undefined).length
      : (replicated?.replicas ?? replicatedJob?.totalCompletions ?? 0);
  const update = service.updateStatus?.state;
  // A paused update counts as over: it needs a decision. Without an update, tasks of an old spec are about to be
  // updated.
  const outdated =
    !service.pendingDelete &&
    slots.some((slot) => slot.some(shouldRun) && !slot.some((task) => shouldRun(task) && isCurrent(task, service)));
  const settledUpdate =
    update === PAUSED ||
    update === ROLLBACK_PAUSED ||
    (update !== UPDATING && update !== ROLLBACK_STARTED && !outdated);
  const waiting = tasks.find(
    (task) => shouldRun(task) && task.status.state === TaskState.PENDING && task.status.err !== '',
  );
  return {
    id: service.id,
    name: service.spec.annotations.name === '' ? service.id : service.spec.annotations.name,
    image: service.spec.task.container?.image ?? '',
    mode: job ? 'job' : global === undefined ? 'replicated' : 'global',
    desired,
    running,
    done,
    current: isRunning.flat().filter((task) => isCurrent(task, service)).length,
    update,
    waitsFor: waiting?.status.err,
    // A job is in order when it is over.
    settled:
      settledUpdate &&
      (job
        ? done >= desired && !tasks.some(shouldRun)
        : running + done === desired && tasks.filter(shouldRun).length === running),
  };
}

/** The progress of all services, sorted by name. */
export function clusterProgress(tx: ReadTx): readonly ServiceProgress[] {
  const services = tx.services.find(all).map((service) => serviceProgress(tx, service));
  return services.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** True when every service is as its spec says, and no task of a deleted service is left. */
export function isSettled(tx: ReadTx): boolean {
  return (
    clusterProgress(tx).every(({ settled }) => settled) &&
    tx.tasks.find(all).every((task) => task.desiredState < TaskState.REMOVE)
  );
}
