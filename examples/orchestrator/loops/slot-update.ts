import { TaskState } from 'swarmstate';
import type { Service, Task, Tx } from 'swarmstate';
import { milliseconds } from '../time.ts';
import type { StepContext } from './control-loop.ts';
import { createTask } from './new-task.ts';
import { isCurrent } from './same-spec.ts';
import { newestTask, slotOf } from './slots.ts';
import { creationTime, isDone, shouldRun, statusTime } from './tasks.ts';

/** The progress of the update of one slot, computed from its tasks. */
export interface SlotUpdate {
  readonly tasks: readonly [Task, ...Task[]];
  /**
   * - `outdated`: the slot has no task of the present spec;
   * - `updating`: its task of the present spec was created after the update began;
   * - `updated`: its task of the present spec is older than the update, or is done.
   */
  readonly progress: 'outdated' | 'updating' | 'updated';
  /** The time at which the new task began to run, in milliseconds; Infinity while it does not run. */
  readonly runningSince: number;
  /** True when a task of the present spec failed since the update began. */
  readonly failed: boolean;
  /** The task of the present spec that should run. */
  readonly current: Task | undefined;
}

/** Computes the progress of the update of an occupied slot. */
export function slotUpdate(tasks: readonly [Task, ...Task[]], service: Service): SlotUpdate {
  const startedAt = milliseconds(service.updateStatus?.startedAt);
  const current = tasks.find((task) => shouldRun(task) && isCurrent(task, service));
  const newest = newestTask(tasks);
  const done = current === undefined && isDone(newest) && isCurrent(newest, service);
  const isNew = (task: Task): boolean => creationTime(task) >= startedAt && isCurrent(task, service);
  return {
    tasks,
    progress: current === undefined ? (done ? 'updated' : 'outdated') : isNew(current) ? 'updating' : 'updated',
    runningSince: current?.status.state === TaskState.RUNNING ? statusTime(current) : Infinity,
    failed: tasks.some(
      (task) => (task.status.state === TaskState.FAILED || task.status.state === TaskState.REJECTED) && isNew(task),
    ),
    current,
  };
}

/** Stops the earlier tasks of a slot once its new task runs. */
export function stopPredecessors(tx: Tx, { tasks, current }: SlotUpdate): void {
  if (current?.status.state !== TaskState.RUNNING) return;
  for (const task of tasks) if (task !== current && shouldRun(task)) shutDown(tx, task);
}

/**
 * Creates a task of the present spec in an outdated slot. With start-first, it runs beside the old task, which {@link
 * stopPredecessors} stops later. With stop-first, the old task is stopped at once, and the restart supervisor then
 * starts the new one.
 */
export function beginUpdate(
  tx: Tx,
  service: Service,
  { tasks }: SlotUpdate,
  startFirst: boolean,
  context: StepContext,
): void {
  const running = tasks.filter(shouldRun);
  // If an earlier update left two tasks, the one that got further is kept.
  const [kept] = startFirst ? running.toSorted((a, b) => b.status.state - a.status.state) : [];
  for (const task of running) if (task !== kept) shutDown(tx, task);
  createTask(tx, service, slotOf(tasks[0]), kept === undefined ? TaskState.READY : TaskState.RUNNING, context);
}

function shutDown(tx: Tx, task: Task): void {
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.SHUTDOWN;
  });
}
