import { DEFAULT_CLUSTER_NAME, TaskState, all, byName } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Task, Tx } from 'swarmstate';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions } from './control-loop.ts';
import { nodeChanges, tasksOnNode } from './node-events.ts';
import { attemptsToRemember } from './restart-policy.ts';
import { slotOf, tasksInSlot } from './slots.ts';
import { creationTime, isOver, lostItsNode, shouldRun } from './tasks.ts';

/** The number of ended tasks that a slot keeps. Used when the cluster object has no setting. */
const defaultRetention = 5;

/**
 * Deletes tasks that are not needed any more. A task to be removed is deleted once its container is gone. Of the ended
 * tasks of a slot, the oldest are deleted; the cluster's settings say how many are kept for people to look at.
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
    // A lost node cannot be reached. If the node comes back, its agent stops every container whose task was deleted.
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
  // The history is needed twice: the restart supervisor counts attempts in it, and the last task of a slot without a
  // running one holds the slot.
  const attempts = attemptsToRemember(task);
  const keep = Math.max(retention, attempts > 0 ? attempts + 1 : 0, slot.some(shouldRun) ? 0 : 1);
  const newestFirst = history.toSorted((a, b) => creationTime(b) - creationTime(a));
  for (const old of newestFirst.slice(keep)) tx.tasks.delete(old.id);
}
