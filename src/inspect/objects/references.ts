import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { TaskSpec } from '../../wire/generated/task.ts';
import { kinds } from '../../model/schema/kinds.ts';
import type { AnyObject, Moment } from './moment.ts';

/** A field of one object that holds the id of another. */
export interface Reference {
  readonly kind: Kind;
  readonly id: string;
  /** The field, as `spec.container.secrets`. */
  readonly field: string;
}

/** An object that refers to another. */
export interface Referrer {
  readonly kind: Kind;
  readonly object: AnyObject;
  readonly field: string;
}

/** The objects that an object refers to, whether they exist or not. Each pair of field and id comes once. */
export function referencesOf(kind: Kind, object: AnyObject): readonly Reference[] {
  const found = new Map<string, Reference>();
  const add = (target: Kind, id: string | undefined, field: string): void => {
    if (id !== undefined && id !== '') found.set(`${field} ${target} ${id}`, { kind: target, id, field });
  };
  switch (kind) {
    case 'task':
      referencesOfTask(object as Kinds['task'], add);
      break;
    case 'service': {
      const { spec, endpoint } = object as Kinds['service'];
      for (const network of spec.networks) add('network', network.target, 'spec.networks');
      referencesOfSpec(spec.task, 'spec.task', add);
      for (const address of endpoint?.virtualIps ?? []) add('network', address.networkId, 'endpoint.virtualIps');
      break;
    }
    case 'node': {
      const { attachment, attachments } = object as Kinds['node'];
      add('network', attachment?.network?.id, 'attachment');
      for (const { network } of attachments) add('network', network?.id, 'attachments');
      break;
    }
    case 'volume':
      for (const { nodeId } of (object as Kinds['volume']).publishStatus) add('node', nodeId, 'publishStatus');
      for (const { secret } of (object as Kinds['volume']).spec.secrets) add('secret', secret, 'spec.secrets');
      break;
    case 'cluster':
    case 'config':
    case 'extension':
    case 'network':
    case 'resource':
    case 'secret':
      break;
  }
  return [...found.values()];
}

/** The objects that refer to an object. O(rows of the tables that can refer to its kind). */
export function referrersOf(kind: Kind, id: string, moment: Moment): readonly Referrer[] {
  const found: Referrer[] = [];
  for (const from of kinds) {
    if (!mayRefer(from, kind)) continue;
    for (const object of moment.table(from).rows()) {
      const reference = referencesOf(from, object).find((candidate) => candidate.id === id && candidate.kind === kind);
      if (reference !== undefined) found.push({ kind: from, object, field: reference.field });
    }
  }
  return found;
}

const targets: { readonly [K in Kind]?: readonly Kind[] } = {
  task: ['service', 'node', 'network', 'secret', 'config', 'volume'],
  service: ['network', 'secret', 'config'],
  node: ['network'],
  volume: ['node', 'secret'],
};

function mayRefer(from: Kind, to: Kind): boolean {
  return targets[from]?.includes(to) === true;
}

type Add = (target: Kind, id: string | undefined, field: string) => void;

function referencesOfTask(task: Kinds['task'], add: Add): void {
  add('service', task.serviceId, 'serviceId');
  add('node', task.nodeId, 'nodeId');
  for (const { network } of task.networks) add('network', network?.id, 'networks');
  for (const { id } of task.volumes) add('volume', id, 'volumes');
  referencesOfSpec(task.spec, 'spec', add);
}

function referencesOfSpec(spec: TaskSpec, path: string, add: Add): void {
  for (const network of spec.networks) add('network', network.target, `${path}.networks`);
  for (const { secretId } of spec.container?.secrets ?? []) add('secret', secretId, `${path}.container.secrets`);
  for (const { configId } of spec.container?.configs ?? []) add('config', configId, `${path}.container.configs`);
}
