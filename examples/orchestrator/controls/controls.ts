import { NodeStatusState, all } from 'swarmstate';
import type { MemoryStore, Service } from 'swarmstate';
import { busiestNode, count, hostOf, imageOf, nameOf, nextImage, replicasOf, tasksOn } from '../choices.ts';
import type { PausableClock } from '../clock.ts';
import { resumeUpdate, rollService, scaleService, setNodeUp } from '../operator.ts';
import { clusterProgress } from '../progress.ts';

/** Options of the controls. */
export interface ControlOptions {
  readonly clock: PausableClock;
  /** Called with a sentence for each action. */
  readonly tell: (line: string) => void;
  /** Ends the run, in order. */
  readonly end: () => void;
  readonly onError: (error: unknown, loop: string) => void;
}

/** Actions on a cluster by single keys. */
export interface Controls {
  /** The id of the service that the next key acts on; undefined when there is none. */
  readonly chosen: string | undefined;
  /** Does what a key means. Resolves when it is done; never rejects. */
  press(key: string): Promise<void>;
}

/** The keys and their meanings, for people. */
export const keyHelp: readonly string[] = [
  '↑↓ choose a service',
  '+ - scale it',
  'r roll it',
  'k kill a node',
  'b bring it back',
  'p pause',
  'q end',
];

/** Connects keys to the actions of an operator. They change the store, and the loops do the rest. */
export function startControls(store: MemoryStore, { clock, tell, end, onError }: ControlOptions): Controls {
  let choice: string | undefined;
  const ids = (): readonly string[] => store.view(clusterProgress).map(({ id }) => id);
  /** The chosen service; the first one when that is gone, or none was chosen. */
  const chosen = (): string | undefined => {
    const known = ids();
    return choice !== undefined && known.includes(choice) ? choice : known[0];
  };
  const move = (step: number): void => {
    const known = ids();
    const current = known.indexOf(chosen() ?? '');
    choice = known[Math.max(0, Math.min(known.length - 1, current + step))];
  };
  const withService = async (act: (service: Service) => Promise<void>): Promise<void> => {
    const id = chosen();
    const service = id === undefined ? undefined : store.view((tx) => tx.services.get(id));
    if (service === undefined) tell('there is no service');
    else await act(service);
  };
  const scale = (step: number): Promise<void> =>
    withService(async (service) => {
      const replicas = replicasOf(service);
      const wanted = Math.max(0, replicas + step);
      if (service.spec.replicated === undefined)
        tell(`${nameOf(service)} cannot be scaled; only replicated services can`);
      else if (wanted !== replicas) {
        tell(`> you scale ${nameOf(service)} from ${replicas} to ${wanted}`);
        await scaleService(store, service.id, wanted);
      }
    });
  const roll = (): Promise<void> =>
    withService(async (service) => {
      // A paused update goes on first; the next press rolls.
      if (await resumeUpdate(store, service.id)) {
        tell(`> you have the update of ${nameOf(service)} go on`);
        return;
      }
      const image = nextImage(imageOf(service));
      tell(`> you roll ${nameOf(service)} from ${imageOf(service)} to ${image}`);
      await rollService(store, service.id, image);
    });
  const kill = async (): Promise<void> => {
    const node = store.view(busiestNode);
    if (node === undefined) {
      tell('the last node cannot be killed');
      return;
    }
    tell(
      `> you kill ${hostOf(node)}, with ${count(
        store.view((tx) => tasksOn(tx, node)),
        'task',
      )}`,
    );
    await setNodeUp(store, node.id, false);
  };
  const bringBack = async (): Promise<void> => {
    const down = store.view((tx) => tx.nodes.find(all)).filter(({ status }) => status.state === NodeStatusState.DOWN);
    if (down.length === 0) tell('every node is up');
    for (const node of down) {
      tell(`> you bring ${hostOf(node)} back`);
      await setNodeUp(store, node.id, true);
    }
  };
  const pause = (): void => {
    if (clock.paused) clock.resume();
    else clock.pause();
    tell(clock.paused ? '> you pause: no container moves until you press p again' : '> time goes on');
  };
  const actions: Readonly<Record<string, () => Promise<void> | void>> = {
    up: () => move(-1),
    down: () => move(1),
    '+': () => scale(1),
    '=': () => scale(1),
    '-': () => scale(-1),
    r: roll,
    k: kill,
    b: bringBack,
    p: pause,
    q: end,
  };
  return {
    get chosen() {
      return chosen();
    },
    async press(key) {
      try {
        if (Object.hasOwn(actions, key)) await actions[key]?.();
      } catch (error) {
        onError(error, 'keyboard');
      }
    },
  };
}
