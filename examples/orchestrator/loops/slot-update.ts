import { TaskState } from 'swarmstate';
import type { Service, Task, Tx } from 'swarmstate';
import { milliseconds } from '../time.ts';
import type { StepContext } from './control-loop.ts';
import { createTask } from './new-task.ts';
import { isCurrent } from './same-spec.ts';
import { newestTask, slotOf } from './slots.ts';
import { creationTime, isDone, shouldRun, statusTime } from './tasks.ts';

/** How far the update of one slot has come, read off its tasks. */
export interface SlotUpdate {
  readonly tasks: readonly [Task, ...Task[]];
  /**
   * `outdated`: no task of the present spec. `updating`: a task of the present spec that was made since the update
   * began. `updated`: one from before it, or one that is done.
   */
  readonly progress: 'outdated' | 'updating' | 'updated';
  /** Since when the new task runs, in milliseconds; Infinity while it does not. */
  readonly runningSince: number;
  /** A task of the present spec failed since the update began. */
  readonly failed: boolean;
  /** The task of the present spec that should run. */
  readonly current: Task | undefined;
}

/** Reads off an occupied slot's tasks how far its update has come. */
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

/** Once the new task of a slot runs, those that it takes over from are stopped. */
export function stopPredecessors(tx: Tx, { tasks, current }: SlotUpdate): void {
  if (current?.status.state !== TaskState.RUNNING) return;
  for (const task of tasks) if (task !== current && shouldRun(task)) shutDown(tx, task);
}

/**
 * Puts a task of the present spec into an outdated slot. Start-first, it runs beside the old one, which {@link
 * stopPredecessors} stops; stop-first, the old one is stopped at once, and the restart supervisor has the new one run
 * when that has happened.
 */
export function beginUpdate(
  tx: Tx,
  service: Service,
  { tasks }: SlotUpdate,
  startFirst: boolean,
  context: StepContext,
): void {
  const running = tasks.filter(shouldRun);
  // Should an earlier update have left two, the one that got further is kept.
  const [kept] = startFirst ? running.toSorted((a, b) => b.status.state - a.status.state) : [];
  for (const task of running) if (task !== kept) shutDown(tx, task);
  createTask(tx, service, slotOf(tasks[0]), kept === undefined ? TaskState.READY : TaskState.RUNNING, context);
}

function shutDown(tx: Tx, task: Task): void {
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.SHUTDOWN;
  });
}
