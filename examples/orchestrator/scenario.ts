import { UpdateConfigFailureAction, all } from 'swarmstate';
import type { MemoryStore } from 'swarmstate';
import type { Clock } from 'swarmstate/cache';
import { busiestNode, count, hostOf, imageOf, nameOf, nextImage, replicasOf, tasksOn } from './choices.ts';
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
    // Somebody may have scaled it meanwhile.
    const replicas = replicasOf(store.view((tx) => tx.services.get(first.id)) ?? first);
    tell(`> scale ${nameOf(first)} from ${replicas} to ${replicas + 2}`);
    await scaleService(store, first.id, replicas + 2);
    await settle();
  }

  const node = signal.aborted ? undefined : store.view(busiestNode);
  if (node !== undefined) {
    tell(
      `> ${hostOf(node)} loses its power, with ${count(
        store.view((tx) => tasksOn(tx, node)),
        'task',
      )}`,
    );
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
