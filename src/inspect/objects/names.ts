import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Task } from '../../wire/generated/task.ts';
import type { AnyObject, Moment } from './moment.ts';

/** The name of an object: `web`, `worker-1`, `web.3`; its id where it has no name. */
export function nameOf(kind: Kind, object: AnyObject, moment: Moment): string {
  return ownName(kind, object, moment) || object.id;
}

/** The name of the object with that id; the id where there is no such object. */
export function nameOfId(kind: Kind, id: string, moment: Moment): string {
  const object = moment.table(kind).get(id);
  return object === undefined ? id : nameOf(kind, object, moment);
}

function ownName(kind: Kind, object: AnyObject, moment: Moment): string {
  switch (kind) {
    case 'task':
      return taskLabel(object as Task, moment);
    case 'node': {
      const { description, spec } = object as Kinds['node'];
      return description?.hostname ?? spec.annotations.name;
    }
    case 'extension':
    case 'resource':
      return (object as Kinds['resource']).annotations.name;
    case 'cluster':
    case 'config':
    case 'network':
    case 'secret':
    case 'service':
    case 'volume':
      return (object as Kinds['service']).spec.annotations.name;
  }
}

/** `web.3`, or `web.worker-1` for a task of a global service. */
function taskLabel(task: Task, moment: Moment): string {
  if (task.annotations.name !== '') return task.annotations.name;
  const service = moment.table('service').get(task.serviceId)?.spec.annotations.name ?? task.serviceAnnotations.name;
  if (service === '') return '';
  if (task.slot !== 0) return `${service}.${task.slot}`;
  return task.nodeId === '' ? service : `${service}.${nameOfId('node', task.nodeId, moment)}`;
}
