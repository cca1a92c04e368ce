import { NodeStatusState, UpdateStatusUpdateState } from 'swarmstate';
import type { MemoryStore, Service } from 'swarmstate';
import type { ServiceSpecDraft } from 'swarmstate/proto';

// The actions of people. Each changes only a spec or a node; the loops make the tasks follow.

/** Changes the number of replicas of a service. Returns false when the service is gone or is not replicated. */
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
 * Changes the spec of a service, and keeps the present one for a rollback. The status of an earlier update is cleared:
 * a paused update would hold up the new one. Resolves to the service, or to undefined when it is gone.
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

/** Changes the image of a service. */
export function rollService(store: MemoryStore, serviceId: string, image: string): Promise<Service | undefined> {
  return updateService(store, serviceId, (spec) => {
    if (spec.task.container !== undefined) spec.task.container.image = image;
  });
}

/** Resumes a paused update. Returns false when there is none. */
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

/** Deletes a service; the loops remove its tasks. Returns false when the service is gone already. */
export function removeService(store: MemoryStore, serviceId: string): Promise<boolean> {
  return store.update((tx) => {
    if (tx.services.get(serviceId) === undefined) return false;
    tx.services.delete(serviceId);
    return true;
  });
}

/**
 * Marks a node as up or down, as the managers do when its heartbeats come or stop. Returns false when the node is gone.
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
