import { TaskState, all, byNodeId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { replaceTask } from './new-task.ts';
import { nodeChanges } from './node-events.ts';
import { mayRestart, restartTime } from './restart-policy.ts';
import { slotOf, tasksInSlot } from './slots.ts';
import { isFinished, isOver, lostItsNode, shouldRun } from './tasks.ts';

/**
 * Handles tasks that end by themselves: by the restart policy of the service, the task is replaced, or its slot stays
 * as it is. Also starts the tasks that wait in `READY`: once the earlier task of the slot has stopped and, if that one
 * ended by itself, the restart delay is over.
 *
 * Neither attempts nor delays are kept in memory. Both are computed from the history of the slot and the times in it.
 */
export function startRestartSupervisor(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'restart supervisor',
      tables: ['task', 'node'],
      events: [{ kind: 'task', check: mattersHere }, nodeChanges],
      initialKeys: (tx) => tx.tasks.find(all).flatMap((task) => (needsLook(task) ? [task.id] : [])),
      keysOf: concernedTasks,
      step: supervise,
    },
    options,
  );
}

function needsLook(task: Task): boolean {
  return (shouldRun(task) && isFinished(task)) || task.desiredState === TaskState.READY;
}

function mattersHere(task: Task, old: Task | undefined): boolean {
  return needsLook(task) || old === undefined || isOver(task) !== isOver(old);
}

/** The end of a task concerns the task itself and the waiting tasks of its slot. */
function concernedTasks(event: ObjectEvent, tx: ReadTx): readonly string[] {
  const tasks = event.kind === 'task' ? [event.object] : tx.tasks.find(byNodeId(event.object.id));
  return tasks.flatMap((task) => [task.id, ...waitingIn(tx, task)]);
}

function waitingIn(tx: ReadTx, task: Task): readonly string[] {
  if (task.serviceId === '') return [];
  return tasksInSlot(tx, slotOf(task)).flatMap((other) => (other.desiredState === TaskState.READY ? [other.id] : []));
}

function supervise(tx: Tx, taskId: string, context: StepContext): number | undefined {
  const task = tx.tasks.get(taskId);
  const service = task === undefined ? undefined : tx.services.get(task.serviceId);
  // A task without a service has no policy. The orchestrators remove the tasks of a deleted service.
  if (task === undefined || service === undefined) return undefined;
  const slot = tasksInSlot(tx, slotOf(task));
  if (shouldRun(task) && isFinished(task)) {
    if (mayRestart(task, slot)) {
      replaceTask(tx, task, service, context);
    } else {
      tx.tasks.modify(task.id, (draft) => {
        draft.desiredState = TaskState.SHUTDOWN;
      });
    }
    return undefined;
  }
  return task.desiredState === TaskState.READY ? startInTurn(tx, task, slot, context) : undefined;
}

/** Starts a waiting task when it may run. Returns the time at which to look again, if only time is missing. */
function startInTurn(tx: Tx, task: Task, slot: readonly Task[], { now }: StepContext): number | undefined {
  // A task on a lost node is not waited for. If the node comes back, its agent learns that the task is not wanted any
  // more.
  const stopping = slot.some((other) => !shouldRun(other) && !isOver(other) && !lostItsNode(tx, other));
  if (stopping) return undefined;
  const time = restartTime(task, slot);
  if (now < time) return time;
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.RUNNING;
  });
  return undefined;
}
