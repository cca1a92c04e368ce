/** A control loop in a process of its own: it gives each task without a node to the node with the fewest tasks. */
import { all, byNodeId } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { reconcileOnCommit } from 'swarmstate/loops';
import { followRemote } from 'swarmstate/remote';

/** The request to the process with the store: a copy cannot be written. */
export interface Assignment {
  readonly taskId: string;
  readonly nodeId: string;
}

const remote = await followRemote(process.argv[2] ?? '');
process.once('disconnect', () => void remote.close());
reconcileOnCommit(
  follow(remote.store, { tables: ['task', 'node'] }),
  () => {
    const assignment = remote.store.view((tx): Assignment | undefined => {
      const task = tx.tasks.find(all).find(({ nodeId }) => nodeId === '');
      const [node] = [...tx.nodes.find(all)].sort(
        (a, b) => tx.tasks.count(byNodeId(a.id)) - tx.tasks.count(byNodeId(b.id)),
      );
      return task === undefined || node === undefined ? undefined : { taskId: task.id, nodeId: node.id };
    });
    if (assignment !== undefined) process.send?.(assignment);
  },
  { quietMs: 1, onError: console.error },
);
