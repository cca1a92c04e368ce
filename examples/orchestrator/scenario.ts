import { NodeRole, NodeStatusState, UpdateConfigFailureAction, all, byNodeId } from 'swarmstate';
import type { MemoryStore, Node, ReadTx, Service } from 'swarmstate';
import type { Clock } from 'swarmstate/cache';
import { shouldRun } from './loops/tasks.ts';
import { rollService, scaleService, setNodeUp } from './operator.ts';
import { isSettled } from './progress.ts';
import { waitFor } from './wait-for.ts';

/** Options of the scenario. */
export interface ScenarioOptions {
  readonly clock: Clock;
  /** Ends the scenario at once. */
  readonly signal: AbortSignal;
  /** Called with a sentence for each action on the cluster. */
  readonly tell: (line: string) => void;
}

/** The longest time of each step, in milliseconds of the cluster's time. */
const patience = 12_000;

/** The longest time of the last step. */
const lastPatience = 25_000;

/** The time that a lost node stays away, in milliseconds of the cluster's time. */
const outage = 8000;

/**
 * The events of a run: the cluster settles, a service is scaled, a node dies and comes back, a service gets a new
 * image, and a service with rollback settings gets an image that never comes up. Every action goes through the store;
 * the loops react to it.
 */
export async function runScenario(store: MemoryStore, { clock, signal, tell }: ScenarioOptions): Promise<void> {
  const settle = (limit = patience): Promise<boolean> => waitFor(store, clock, isSettled, limit, signal);
  const services = store.view((tx) => tx.services.find(all)).filter((service) => !service.pendingDelete);
  const replicated = services
    .filter(({ spec }) => spec.replicated !== undefined)
    .toSorted((a, b) => replicasOf(b) - replicasOf(a));
  const [first, second] = replicated;
  if ((await settle()) && services.length > 0) tell('everything runs');

  if (first !== undefined && !signal.aborted) {
    const replicas = replicasOf(first) + 2;
    tell(`> scale ${nameOf(first)} from ${replicasOf(first)} to ${replicas}`);
    await scaleService(store, first.id, replicas);
    await settle();
  }

  const node = signal.aborted ? undefined : store.view(busiestNode);
  if (node !== undefined) {
    tell(`> ${hostOf(node)} loses its power, with ${store.view((tx) => tasksOn(tx, node))} tasks`);
    await setNodeUp(store, node.id, false);
    await waitFor(store, clock, () => false, outage, signal);
    tell(`> ${hostOf(node)} comes back`);
    await setNodeUp(store, node.id, true);
  }

  const rolled = [second, first, ...services].find(
    (service) => service?.spec.task.container !== undefined && service.jobStatus === undefined,
  );
  if (rolled !== undefined && !signal.aborted) {
    const image = nextImage(imageOf(rolled));
    tell(`> roll ${nameOf(rolled)} from ${imageOf(rolled)} to ${image}`);
    await rollService(store, rolled.id, image);
    await settle();
  }

  const careful = services.find(
    ({ spec }) =>
      spec.update?.failureAction === UpdateConfigFailureAction.ROLLBACK && spec.task.container !== undefined,
  );
  if (careful !== undefined && !signal.aborted) {
    const image = `${imageOf(careful).replace(/[:@][^/]*$/, '')}:broken`;
    tell(`> roll ${nameOf(careful)} to ${image}, which never comes up`);
    await rollService(store, careful.id, image);
  }
  if ((await settle(lastPatience)) && services.length > 0) tell('everything runs');
}

function replicasOf(service: Service): number {
  return service.spec.replicated?.replicas ?? 0;
}

function nameOf(service: Service): string {
  return service.spec.annotations.name === '' ? service.id : service.spec.annotations.name;
}

function imageOf(service: Service): string {
  return service.spec.task.container?.image ?? '';
}

function hostOf(node: Node): string {
  return node.description?.hostname ?? node.id;
}

function tasksOn(tx: ReadTx, node: Node): number {
  return tx.tasks.find(byNodeId(node.id)).filter(shouldRun).length;
}

/** The worker with the most tasks, whose loss has the most effect; undefined where there is only one node. */
function busiestNode(tx: ReadTx): Node | undefined {
  const ready = tx.nodes.find(all).filter((node) => node.status.state === NodeStatusState.READY);
  if (ready.length < 2) return undefined;
  const workers = ready.filter((node) => node.role === NodeRole.WORKER);
  const candidates = workers.length > 0 ? workers : ready;
  return candidates.toSorted((a, b) => tasksOn(tx, b) - tasksOn(tx, a))[0];
}

/** The image with the last number of its tag increased by one, or with the tag `next` if the tag has no number. */
export function nextImage(image: string): string {
  const [name = '', tag] = image.replace(/@.*$/, '').split(/:(?=[^/]*$)/);
  const [, before, number, after] = /^(.*?)(\d+)(\D*)$/.exec(tag ?? '') ?? [];
  return number === undefined
    ? `${name}:${tag === 'next' ? 'newer' : 'next'}`
    : `${name}:${before ?? ''}${Number(number) + 1}${after ?? ''}`;
}
