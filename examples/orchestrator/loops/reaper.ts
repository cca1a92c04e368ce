import { DEFAULT_CLUSTER_NAME, TaskState, all, byName } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions } from './control-loop.ts';
import { nodeChanges, tasksOnNode } from './node-events.ts';
import { attemptsToRemember } from './restart-policy.ts';
import { slotOf, tasksInSlot } from './slots.ts';
import { creationTime, isOver, lostItsNode, shouldRun } from './tasks.ts';

/** How many ended tasks a slot keeps where the cluster does not say. */
const defaultRetention = 5;

/**
 * Deletes what nobody needs any more: tasks that are to be removed, once nothing of them is left, and of the ended
 * tasks of each slot the oldest, beyond the number that the cluster's settings keep for people to look at.
 */
export function startReaper(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'reaper',
      tables: ['task', 'node', 'cluster'],
      events: [
        {
          kind: 'task',
          check: (task, old) =>
            old === undefined || task.desiredState !== old.desiredState || isOver(task) !== isOver(old),
        },
        nodeChanges,
        { kind: 'cluster' },
      ],
      initialKeys: (tx) => tx.tasks.find(all).map(({ id }) => id),
      keysOf: concernedTasks,
      step: reap,
    },
    options,
  );
}

function concernedTasks(event: ObjectEvent, tx: ReadTx): readonly string[] {
  if (event.kind === 'task') return [event.object.id];
  return (event.kind === 'node' ? tasksOnNode(event, tx) : tx.tasks.find(all)).map(({ id }) => id);
}

function reap(tx: Tx, taskId: string): undefined {
  const task = tx.tasks.get(taskId);
  if (task === undefined || shouldRun(task)) return;
  if (isUnwanted(task)) {
    // What is on a lost node is out of reach anyway; should the node come back, its agent stops every container whose
    // task is gone.
    if (isOver(task) || lostItsNode(tx, task)) tx.tasks.delete(task.id);
    return;
  }
  trimHistory(tx, task);
}

function isUnwanted(task: Task): boolean {
  return task.desiredState >= TaskState.REMOVE || task.status.state === TaskState.ORPHANED;
}

function trimHistory(tx: Tx, task: Task): void {
  const retention =
    tx.clusters.find(byName(DEFAULT_CLUSTER_NAME))[0]?.spec.orchestration.taskHistoryRetentionLimit ?? defaultRetention;
  // As in swarmkit, a negative limit keeps everything.
  if (retention < 0 || task.serviceId === '') return;
  const slot = tasksInSlot(tx, slotOf(task));
  const history = slot.filter((other) => !shouldRun(other) && isOver(other));
  // The restart supervisor counts attempts here. And a slot where nothing runs is kept by its last task.
  const attempts = attemptsToRemember(task);
  const keep = Math.max(retention, attempts > 0 ? attempts + 1 : 0, slot.some(shouldRun) ? 0 : 1);
  const newestFirst = history.toSorted((a, b) => creationTime(b) - creationTime(a));
  for (const old of newestFirst.slice(keep)) tx.tasks.delete(old.id);
}
