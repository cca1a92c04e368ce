import { TaskState, all, byTaskState } from 'swarmstate';
import type { MemoryStore, Node, ReadTx, Task, Tx } from 'swarmstate';
import { timestamp } from '../time.ts';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { nodeChanges } from './node-events.ts';
import { loadOf, refusesTask } from './placement.ts';
import type { Load } from './placement.ts';
import { isOver, shouldRun } from './tasks.ts';

/**
 * Assigns a node to every pending task: of the nodes that can take it, the node with the fewest tasks of the same
 * service, then with the fewest tasks.
 *
 * The decision is made in the transaction that writes it, on the present state of the cluster. So no other writer can
 * take the last free place in between, and no cache of nodes has to be kept right. The price: each decision walks the
 * tasks on the nodes. A scheduler for very large clusters would follow the loads in a cache, and only check its
 * decision in the transaction.
 */
export function startScheduler(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'scheduler',
      tables: ['task', 'node'],
      events: [
        // Two kinds of change: a new task, and the end of a task, which leaves room for others.
        {
          kind: 'task',
          check: (task, old) => isPending(task) || (isOver(task) && (old === undefined || !isOver(old))),
        },
        { kind: 'task', action: 'delete' },
        nodeChanges,
      ],
      initialKeys: pendingTasks,
      keysOf: (event, tx) =>
        event.kind === 'task' && event.action !== 'delete' && isPending(event.object)
          ? [event.object.id]
          : pendingTasks(tx),
      step: schedule,
    },
    options,
  );
}

function isPending(task: Task): boolean {
  return task.status.state === TaskState.PENDING && shouldRun(task);
}

function pendingTasks(tx: ReadTx): readonly string[] {
  return tx.tasks.find(byTaskState(TaskState.PENDING)).flatMap((task) => (shouldRun(task) ? [task.id] : []));
}

function schedule(tx: Tx, taskId: string, { now }: StepContext): undefined {
  const task = tx.tasks.get(taskId);
  if (task === undefined || !isPending(task)) return;
  const { node, refusals } = chooseNode(tx, task);
  tx.tasks.modify(task.id, (draft) => {
    if (node === undefined) {
      // An equal text is no change, so a task that waits for long causes no commits.
      draft.status.err = `no suitable node (${refusals})`;
      return;
    }
    draft.nodeId = node.id;
    draft.status = { state: TaskState.ASSIGNED, timestamp: timestamp(now), message: 'has a node' };
  });
}

/** The best node for a task, or the reason why there is none. A task of a global service has only one possible node. */
function chooseNode(tx: ReadTx, task: Task): { readonly node: Node | undefined; readonly refusals: string } {
  const candidates =
    task.nodeId === '' ? tx.nodes.find(all) : [tx.nodes.get(task.nodeId)].filter((node) => node !== undefined);
  const refusals = new Map<string, number>();
  let best: { readonly node: Node; readonly load: Load } | undefined;
  for (const node of candidates) {
    const load = loadOf(tx, node, task);
    const refusal = refusesTask(node, task, load);
    if (refusal !== undefined) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    else if (best === undefined || isLighter(load, best.load)) best = { node, load };
  }
  const reasons = [...refusals].map(([reason, count]) => `${reason}: ${count} of ${candidates.length}`);
  return { node: best?.node, refusals: reasons.length > 0 ? reasons.join('; ') : 'there are no nodes' };
}

function isLighter(a: Load, b: Load): boolean {
  return a.replicas < b.replicas || (a.replicas === b.replicas && a.tasks < b.tasks);
}
