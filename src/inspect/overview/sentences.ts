import type { ObjectEvent } from '../../model/events.ts';
import {
  NodeRole,
  NodeSpecAvailability,
  NodeStatusState,
  TaskState,
  UpdateStatusUpdateState,
} from '../../wire/generated/enums.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Moment } from '../objects/moment.ts';
import { nameOf, nameOfId } from '../objects/names.ts';
import type { Tone } from '../objects/states.ts';
import { updateState } from '../objects/states.ts';

/** One sentence about one change. */
export interface Said {
  readonly kind: Kind;
  readonly id: string | undefined;
  /** The name under which like sentences are told together: a service's for its tasks. */
  readonly group: string;
  readonly verb: string;
  readonly tone: Tone;
  readonly text: string;
}

type Task = Kinds['task'];

/** What happened to a task; undefined for steps between states. */
export function taskSentence(event: ObjectEvent<'task'>, moment: Moment): Said | undefined {
  const { object: task, action } = event;
  const name = nameOf('task', task, moment);
  const group = nameOfId('service', task.serviceId, moment) || 'no service';
  const say = (verb: string, tone: Tone, rest = ''): Said => ({
    kind: 'task',
    id: task.id,
    group,
    verb,
    tone,
    text: `${name} ${verb}${rest}`,
  });
  if (action === 'create') return say('was created', 'busy');
  if (action === 'delete') return say('was removed', 'off');
  const before = event.oldObject;
  if (before === undefined || before.status.state !== task.status.state) {
    const node = task.nodeId === '' ? '' : ` on ${nameOfId('node', task.nodeId, moment)}`;
    switch (task.status.state) {
      case TaskState.RUNNING:
        return say('started', 'good', node);
      case TaskState.FAILED:
        return say('failed', 'bad', `${node}${reasonOf(task)}`);
      case TaskState.REJECTED:
        return say('was rejected', 'bad', `${node}${reasonOf(task)}`);
      case TaskState.ORPHANED:
        return say('was lost', 'bad', node);
      case TaskState.COMPLETE:
        return say('completed', 'good', node);
      case TaskState.SHUTDOWN:
        return say('stopped', 'off', node);
      default:
    }
  }
  if (before !== undefined && before.nodeId !== task.nodeId && task.nodeId !== '')
    return say('was assigned', 'busy', ` to ${nameOfId('node', task.nodeId, moment)}`);
  if (before !== undefined && before.desiredState !== task.desiredState && task.desiredState > TaskState.RUNNING)
    return say('is to stop', 'off');
  return undefined;
}

/** `: exit 137`, `: no such image`, or nothing. */
function reasonOf(task: Task): string {
  const { container, err, message } = task.status;
  if (container !== undefined && container.exitCode !== 0) return `: exit ${container.exitCode}`;
  const reason = err === '' ? message : err;
  return reason === '' ? '' : `: ${reason}`;
}

/** What happened to a node; undefined where nothing is worth a line. */
export function nodeSentence(event: ObjectEvent<'node'>, moment: Moment): Said | undefined {
  const { object: node, action } = event;
  const name = nameOf('node', node, moment);
  const say = (verb: string, tone: Tone, rest = ''): Said => ({
    kind: 'node',
    id: node.id,
    group: 'nodes',
    verb,
    tone,
    text: `${name} ${verb}${rest}`,
  });
  if (action === 'create') return say('joined', 'good');
  if (action === 'delete') return say('left', 'off');
  const before = event.oldObject;
  if (before === undefined) return say('was changed', 'off');
  if (before.status.state !== node.status.state) {
    const reason = node.status.message === '' ? '' : `: ${node.status.message}`;
    switch (node.status.state) {
      case NodeStatusState.READY:
        return say('is ready', 'good');
      case NodeStatusState.DOWN:
        return say('is down', 'bad', reason);
      case NodeStatusState.DISCONNECTED:
        return say('is disconnected', 'bad', reason);
      default:
        return say('has an unknown state', 'off', reason);
    }
  }
  if (before.spec.availability !== node.spec.availability) {
    if (node.spec.availability === NodeSpecAvailability.DRAIN) return say('is drained', 'busy');
    return node.spec.availability === NodeSpecAvailability.PAUSE ? say('is paused', 'busy') : say('is active', 'good');
  }
  if (before.role !== node.role) return say(`is a ${node.role === NodeRole.MANAGER ? 'manager' : 'worker'} now`, 'off');
  return before.spec === node.spec ? undefined : say('was changed', 'off');
}

/** What happened to a service; undefined where nothing is worth a line. */
export function serviceSentence(event: ObjectEvent<'service'>, moment: Moment): Said | undefined {
  const { object: service, action } = event;
  const name = nameOf('service', service, moment);
  const say = (verb: string, tone: Tone, rest = ''): Said => ({
    kind: 'service',
    id: service.id,
    group: 'services',
    verb,
    tone,
    text: `${name} ${verb}${rest}`,
  });
  const replicas = service.spec.replicated?.replicas;
  if (action === 'create')
    return say('was created', 'good', replicas === undefined ? '' : ` with ${replicas} replicas`);
  if (action === 'delete') return say('was deleted', 'off');
  const before = event.oldObject;
  if (before === undefined) return say('was changed', 'off');
  const state = service.updateStatus?.state;
  if (state !== undefined && state !== before.updateStatus?.state) {
    const failed = state === UpdateStatusUpdateState.PAUSED || state >= UpdateStatusUpdateState.ROLLBACK_STARTED;
    const message = service.updateStatus?.message ?? '';
    return say(`update: ${updateState(state)}`, failed ? 'bad' : 'busy', message === '' ? '' : ` (${message})`);
  }
  const formerly = before.spec.replicated?.replicas;
  if (replicas !== undefined && formerly !== undefined && replicas !== formerly)
    return say('was scaled', 'busy', ` from ${formerly} to ${replicas}`);
  const [oldImage, image] = [before.spec.task.container?.image, service.spec.task.container?.image];
  if (image !== undefined && image !== oldImage) return say('runs', 'busy', ` ${image} now`);
  if (service.pendingDelete && !before.pendingDelete) return say('is to be deleted', 'off');
  return before.spec === service.spec ? undefined : say('was changed', 'off');
}
