import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/** The labels of an object. Those of a task are its own and the ones it has from its service. */
export function labelsOf<K extends Kind>(kind: K, object: Kinds[K]): Readonly<Record<string, string>> {
  switch (kind) {
    case 'task': {
      const task = object as Kinds['task'];
      return { ...task.serviceAnnotations.labels, ...task.annotations.labels };
    }
    case 'extension':
    case 'resource':
      return (object as Kinds['extension']).annotations.labels;
    default:
      return (object as Kinds['service']).spec.annotations.labels;
  }
}

/** The name of an object as people know it: the hostname of a node, `web.1` for a task. */
export function objectName<K extends Kind>(kind: K, object: Kinds[K]): string {
  switch (kind) {
    case 'task': {
      const { annotations, serviceAnnotations, serviceId, slot, nodeId } = object as Kinds['task'];
      if (annotations.name !== '') return annotations.name;
      const service = serviceAnnotations.name === '' ? serviceId : serviceAnnotations.name;
      if (service === '') return '';
      return slot === 0 ? `${service}.${nodeId}` : `${service}.${slot}`;
    }
    case 'node': {
      const { description, spec } = object as Kinds['node'];
      return description?.hostname ?? spec.annotations.name;
    }
    case 'extension':
    case 'resource':
      return (object as Kinds['extension']).annotations.name;
    default:
      return (object as Kinds['service']).spec.annotations.name;
  }
}
