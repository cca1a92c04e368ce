import { NodeStatusState, UpdateStatusUpdateState } from 'swarmstate';
import type { MemoryStore, Service } from 'swarmstate';
import type { ServiceSpecDraft } from 'swarmstate/proto';

// What people do to a cluster: each of these changes the spec or the nodes and nothing else. That the tasks follow is
// up to the loops.

/** Changes how many replicas a service has. False when the service is gone, or has no number of replicas. */
export function scaleService(store: MemoryStore, serviceId: string, replicas: number): Promise<boolean> {
  return store.update((tx) => {
    const service = tx.services.get(serviceId);
    if (service?.spec.replicated === undefined) return false;
    tx.services.modify(serviceId, (draft) => {
      draft.spec.replicated = { replicas };
    });
    return true;
  });
}

/**
 * Changes a service's spec, and keeps the present one for a rollback. A status of an earlier update is cleared, so that
 * one that was paused does not hold up this one. Resolves to the service, or to undefined when it is gone.
 */
function updateService(
  store: MemoryStore,
  serviceId: string,
  recipe: (spec: ServiceSpecDraft) => void,
): Promise<Service | undefined> {
  return store.update((tx) => {
    const service = tx.services.get(serviceId);
    if (service === undefined) return undefined;
    return tx.services.modify(serviceId, (draft) => {
      draft.previousSpec = service.spec;
      draft.previousSpecVersion = service.specVersion;
      draft.specVersion = { index: (service.specVersion?.index ?? 0) + 1 };
      draft.updateStatus = undefined;
      recipe(draft.spec);
    });
  });
}

/** Has a service run another image. */
export function rollService(store: MemoryStore, serviceId: string, image: string): Promise<Service | undefined> {
  return updateService(store, serviceId, (spec) => {
    if (spec.task.container !== undefined) spec.task.container.image = image;
  });
}

/** Has an update that was paused go on. False when there is none. */
export function resumeUpdate(store: MemoryStore, serviceId: string): Promise<boolean> {
  return store.update((tx) => {
    const state = tx.services.get(serviceId)?.updateStatus?.state;
    if (state !== UpdateStatusUpdateState.PAUSED && state !== UpdateStatusUpdateState.ROLLBACK_PAUSED) return false;
    tx.services.modify(serviceId, (draft) => {
      draft.updateStatus = undefined;
    });
    return true;
  });
}

/** Deletes a service; its tasks are removed by the loops. False when it was gone already. */
export function removeService(store: MemoryStore, serviceId: string): Promise<boolean> {
  return store.update((tx) => {
    if (tx.services.get(serviceId) === undefined) return false;
    tx.services.delete(serviceId);
    return true;
  });
}

/**
 * Says that a node is up or down, as the managers do when its heartbeats come or stay away. False when the node is
 * gone.
 */
export function setNodeUp(store: MemoryStore, nodeId: string, up: boolean): Promise<boolean> {
  return store.update((tx) => {
    if (tx.nodes.get(nodeId) === undefined) return false;
    tx.nodes.modify(nodeId, (draft) => {
      draft.status.state = up ? NodeStatusState.READY : NodeStatusState.DOWN;
      draft.status.message = up ? '' : 'heartbeats stayed away';
    });
    return true;
  });
}
