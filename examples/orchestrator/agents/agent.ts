import { NodeStatusState, TaskState, byId, byNodeId } from 'swarmstate';
import type { MemoryStore, Task, Tx } from 'swarmstate';
import { startLoop } from '../loops/control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from '../loops/control-loop.ts';
import { isFinished, shouldRun, statusTime } from '../loops/tasks.ts';
import { timestamp } from '../time.ts';
import type { ContainerBehaviour } from './container-behaviour.ts';

/** Options of an agent, besides those of every loop. */
export interface AgentOptions extends LoopOptions {
  readonly behaviour: ContainerBehaviour;
}

/**
 * The simulated agent of one node: brings the tasks of its node to their desired states, step by step, and reports
 * their containers. It follows only its own node and the tasks on it. While the node is down, the agent does nothing.
 */
export function startAgent(store: MemoryStore, nodeId: string, options: AgentOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: `agent of node ${nodeId}`,
      tables: [
        { kind: 'task', by: byNodeId(nodeId) },
        { kind: 'node', by: byId(nodeId) },
      ],
      events: [{ kind: 'task' }, { kind: 'node', check: (node, old) => node.status.state !== old?.status.state }],
      initialKeys: (tx) => tx.tasks.find(byNodeId(nodeId)).map(({ id }) => id),
      keysOf: (event, tx) =>
        event.kind === 'task' ? [event.object.id] : tx.tasks.find(byNodeId(nodeId)).map(({ id }) => id),
      step: (tx, taskId, context) => advance(tx, nodeId, taskId, options.behaviour, context),
    },
    options,
  );
}

/** The next change of a task, and its time. */
interface Change {
  readonly at: number;
  readonly state: TaskState;
  readonly message: string;
  readonly exitCode?: number;
}

function advance(
  tx: Tx,
  nodeId: string,
  taskId: string,
  behaviour: ContainerBehaviour,
  { now }: StepContext,
): number | undefined {
  const task = tx.tasks.get(taskId);
  const node = tx.nodes.get(nodeId);
  if (task?.nodeId !== nodeId || node === undefined || node.status.state === NodeStatusState.DOWN) return undefined;
  const change = nextChange(task, behaviour);
  if (change === undefined) return undefined;
  if (change.at > now) return change.at;
  tx.tasks.modify(taskId, (draft) => {
    draft.status = {
      state: change.state,
      timestamp: timestamp(now),
      message: change.message,
      err: change.state === TaskState.FAILED ? change.message : '',
      ...(task.spec.container === undefined || change.exitCode === undefined
        ? {}
        : { container: { exitCode: change.exitCode } }),
      appliedBy: nodeId,
      appliedAt: timestamp(now),
    };
  });
  // This change is an event of the agent's own node, which leads to the next step.
  return undefined;
}

/** The next change of a task, by its present and its desired state; undefined when the task is in its desired state. */
function nextChange(task: Task, behaviour: ContainerBehaviour): Change | undefined {
  // Before ASSIGNED, the task is not the agent's; after its end, it does not change any more.
  if (task.status.state < TaskState.ASSIGNED || isFinished(task)) return undefined;
  const at = statusTime(task) + behaviour.timeIn(task);
  if (!shouldRun(task)) return { at: 0, state: TaskState.SHUTDOWN, message: 'stopped', exitCode: 0 };
  switch (task.status.state) {
    case TaskState.ASSIGNED:
      return { at, state: TaskState.ACCEPTED, message: 'accepted' };
    case TaskState.ACCEPTED:
      return { at, state: TaskState.PREPARING, message: 'pulls the image' };
    case TaskState.PREPARING:
      return { at, state: TaskState.READY, message: 'is prepared' };
    case TaskState.READY:
      return task.desiredState === TaskState.RUNNING ? { at, state: TaskState.STARTING, message: 'starts' } : undefined;
    case TaskState.STARTING:
      return endOf(task, behaviour, 0) ?? { at, state: TaskState.RUNNING, message: 'runs' };
    default:
      return endOf(task, behaviour, Infinity);
  }
}

/** The end of a container that ends by itself within `latest` milliseconds of its start. */
function endOf(task: Task, behaviour: ContainerBehaviour, latest: number): Change | undefined {
  const end = behaviour.endOf(task);
  if (end === undefined || end.after > latest) return undefined;
  const { exitCode, message } = end;
  const at = statusTime(task) + Math.max(end.after, behaviour.timeIn(task));
  return { at, state: exitCode === 0 ? TaskState.COMPLETE : TaskState.FAILED, message, exitCode };
}
