import { CAService, ControlService } from '../../../grpc/generated/api.ts';
import type { ReadableStore } from '../../../readable/readable-store.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import { RpcFailure } from '../../rpc/rpc-failure.ts';
import { unaryMethod } from '../../rpc/served-method.ts';
import type { ServedCall, ServedMethod } from '../../rpc/served-method.ts';
import {
  select,
  selectNamed,
  selectNodes,
  selectResources,
  selectServices,
  selectStored,
  selectTasks,
  selectVolumes,
} from './selections.ts';
import { withDefaults } from './insert-defaults.ts';
import { statusOf } from './service-status.ts';
import { shown } from './shown.ts';

/** Methods of the control API that read. All others are refused with a sentence. */
export function controlMethods(store: ReadableStore): readonly ServedMethod[] {
  const list = <K extends Kind>(kind: K, selection: Parameters<typeof select<K>>[2], { secrets }: ServedCall) =>
    store.view((tx) => select(tx, kind, selection)).map((object) => shown(kind, object, secrets));
  const get = <K extends Kind>(kind: K, id: string, missing: string, { secrets }: ServedCall): Kinds[K] => {
    if (id === '' && missing !== '') throw new RpcFailure('invalidArgument', missing);
    const object = store.view((tx) => tx.table(kind).get(id));
    if (object === undefined) throw new RpcFailure('notFound', `${kind} ${id} not found`);
    return shown(kind, object, secrets);
  };
  const control = ControlService;
  const served = [
    unaryMethod(control.listNodes, ({ filters }, call) => ({ nodes: list('node', selectNodes(filters), call) })),
    unaryMethod(control.listTasks, ({ filters }, call) => ({ tasks: list('task', selectTasks(filters), call) })),
    unaryMethod(control.listServices, ({ filters }, call) => ({
      services: list('service', selectServices(filters), call),
    })),
    unaryMethod(control.listNetworks, ({ filters }, call) => ({
      networks: list('network', selectNamed<'network'>(filters), call),
    })),
    unaryMethod(control.listClusters, ({ filters }, call) => ({
      clusters: list('cluster', selectNamed<'cluster'>(filters), call),
    })),
    unaryMethod(control.listSecrets, ({ filters }, call) => ({
      secrets: list('secret', selectStored<'secret'>(filters), call).filter(({ internal }) => !internal),
    })),
    unaryMethod(control.listConfigs, ({ filters }, call) => ({
      configs: list('config', selectStored<'config'>(filters), call),
    })),
    unaryMethod(control.listResources, ({ filters }, call) => ({
      resources: list('resource', selectResources(filters), call),
    })),
    unaryMethod(control.listVolumes, ({ filters }, call) => ({
      volumes: list('volume', selectVolumes(filters), call),
    })),
    unaryMethod(control.listServiceStatuses, ({ services }) => ({
      statuses: store.view((tx) => services.map((id) => statusOf(tx, id))),
    })),
    unaryMethod(control.getNode, ({ nodeId }, call) => ({ node: get('node', nodeId, noId, call) })),
    unaryMethod(control.getTask, ({ taskId }, call) => ({ task: get('task', taskId, noId, call) })),
    unaryMethod(control.getService, ({ serviceId, insertDefaults }, call) => {
      const service = get('service', serviceId, noId, call);
      return { service: insertDefaults ? withDefaults(service) : service };
    }),
    unaryMethod(control.getNetwork, ({ networkId }, call) => ({ network: get('network', networkId, noId, call) })),
    unaryMethod(control.getCluster, ({ clusterId }, call) => ({ cluster: get('cluster', clusterId, noId, call) })),
    unaryMethod(control.getSecret, ({ secretId }, call) => ({
      secret: get('secret', secretId, 'secret ID must be provided', call),
    })),
    unaryMethod(control.getConfig, ({ configId }, call) => ({
      config: get('config', configId, 'config ID must be provided', call),
    })),
    unaryMethod(control.getExtension, ({ extensionId }, call) => ({
      extension: get('extension', extensionId, 'extension ID must be provided', call),
    })),
    unaryMethod(control.getResource, ({ resourceId }, call) => ({
      resource: get('resource', resourceId, 'resource ID must be provided', call),
    })),
    // swarmkit does not tell an empty id from an unknown one here.
    unaryMethod(control.getVolume, ({ volumeId }, call) => ({ volume: get('volume', volumeId, '', call) })),
  ];
  const paths = new Set(served.map(({ path }) => path));
  const refused = [...Object.values(ControlService), ...Object.values(CAService)].filter(
    ({ path }) => !paths.has(path),
  );
  return [...served, ...refused.map(({ path }) => refusal(path))];
}

/** The text of swarmkit for a request without an id. */
const noId = 'invalid argument';

/** Answers without a look at the request, which may be of any type. */
function refusal(path: string): ServedMethod {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    path,
    answer: () =>
      Promise.reject(new RpcFailure('unimplemented', `${name} is not served: a store is served for reading only`)),
  };
}
