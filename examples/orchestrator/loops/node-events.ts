import { byNodeId } from 'swarmstate';
import type { ObjectEvent, ObjectSelector, ReadTx, Task } from 'swarmstate';

/**
 * Selects the changes of nodes that matter to tasks: nodes that come and go, and changes of state, availability, labels
 * and resources. Other changes, such as the message of a heartbeat, would wake the loops for nothing.
 */
export const nodeChanges: ObjectSelector<'node'> = {
  kind: 'node',
  check: (node, old) =>
    old === undefined ||
    node.status.state !== old.status.state ||
    node.spec !== old.spec ||
    node.role !== old.role ||
    node.description !== old.description,
};

/** The tasks that are on the node of an event. */
export function tasksOnNode(event: ObjectEvent<'node'>, tx: ReadTx): readonly Task[] {
  return tx.tasks.find(byNodeId(event.object.id));
}
