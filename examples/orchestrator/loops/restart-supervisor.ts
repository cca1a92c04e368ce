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
 * Sees to what happens when a task ends by itself: by the service's restart policy it is replaced, or its slot is left
 * as it is. And it says when a task that is ready in the wings may run: when whatever was in its slot before has
 * stopped and, after an end by itself, the restart delay is over.
 *
 * Neither the attempts nor the delays are kept in memory. Both are read off the slot's history, with the times the
 * tasks ended at.
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

/** A task that ends concerns itself, and whoever waits in its slot. */
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
  // Tasks of no service have no policy, and what a deleted service leaves behind is removed by the orchestrators.
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

/** Has a task run once it is its turn. Returns when to look again, where that is only a matter of time. */
function startInTurn(tx: Tx, task: Task, slot: readonly Task[], { now }: StepContext): number | undefined {
  // What ran on a lost node cannot be waited for. Should the node come back, its agent finds out that the task is not
  // wanted any more.
  const stopping = slot.some((other) => !shouldRun(other) && !isOver(other) && !lostItsNode(tx, other));
  if (stopping) return undefined;
  const time = restartTime(task, slot);
  if (now < time) return time;
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.RUNNING;
  });
  return undefined;
}
