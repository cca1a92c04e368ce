import { followSwarm } from 'swarmstate/swarm';
import type { Swarm } from 'swarmstate/swarm';
import { DockerDaemon } from '../../scripts/engines/docker-daemon.ts';
import { findDocker, whyNoDaemon } from '../../scripts/engines/docker.ts';
import { quantile } from '../lib/timing.ts';

/** A real daemon to which many services are given at once. */
export interface DaemonFigure {
  readonly services: number;
  readonly tasks: number;
  /** Events that the follower's watcher read. */
  readonly events: number;
  readonly seconds: number;
  /** Milliseconds from the daemon's commit of an object to our watcher. */
  readonly delay: { readonly p50: number; readonly p99: number };
  /** The same of single changes of an idle daemon. */
  readonly idleDelay: { readonly p50: number; readonly p99: number };
}

const AT_ONCE = 8;
const REPLICAS = 3;
const SINGLE_CHANGES = 100;

/** Why it cannot be measured here. */
export function whyNotMeasured(root: string): string | undefined {
  return (
    whyNoDaemon() ?? (findDocker(root) === undefined ? 'Docker is not here: `npm run engines` fetches it' : undefined)
  );
}

function service(name: string): object {
  return {
    Name: name,
    TaskTemplate: {
      ContainerSpec: { Image: 'local/none:1' },
      // No node fits: tasks are made, looked at and left waiting, and no container slows the machine.
      Placement: { Constraints: ['node.labels.place==nowhere'] },
    },
    Mode: { Replicated: { Replicas: REPLICAS } },
  };
}

/** Reads all events from here on, and notes how old each object was when its event came. */
class Delays {
  readonly #watcher: ReturnType<Swarm['store']['watch']>;
  readonly #delays: number[] = [];

  constructor(swarm: Swarm) {
    this.#watcher = swarm.store.watch({ limit: 1_000_000 });
    void this.#read();
  }

  async #read(): Promise<void> {
    for await (const event of this.#watcher) {
      if (event.kind === undefined || event.action === 'delete') continue;
      const { updatedAt } = event.object.meta;
      if (updatedAt === undefined) continue;
      const now = performance.timeOrigin + performance.now();
      this.#delays.push(now - updatedAt.seconds * 1000 - updatedAt.nanos / 1e6);
    }
  }

  end(): { readonly events: number; readonly p50: number; readonly p99: number } {
    this.#watcher.close();
    const sorted = this.#delays.sort((a, b) => a - b);
    return { events: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
  }
}

async function until(swarm: Swarm, holds: () => boolean): Promise<void> {
  const watcher = swarm.store.watch({ limit: 1_000_000 });
  if (!holds()) for await (const _ of watcher.commits()) if (holds()) break;
  watcher.close();
}

/** Follows a real daemon while services are created, many at once and one by one. */
export async function measureDaemon(root: string, services: number): Promise<DaemonFigure> {
  const daemon = new DockerDaemon(findDocker(root) as string);
  let swarm: Swarm | undefined;
  try {
    await daemon.start();
    await daemon.call('POST', '/swarm/init', { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' });
    swarm = await followSwarm(daemon.controlSocket, { ca: daemon.rootCertificate });
    const { store } = swarm;
    const tasks = (): number => store.stats().rows.tasks;

    const idle = new Delays(swarm);
    for (let number = 0; number < SINGLE_CHANGES; number += 1) {
      await daemon.call('POST', '/configs/create', { Name: `config-${number}`, Data: 'eA==' });
    }
    await until(swarm, () => store.stats().rows.configs === SINGLE_CHANGES);
    const { p50, p99 } = idle.end();

    const busy = new Delays(swarm);
    const start = performance.now();
    let next = 0;
    const creator = async (): Promise<void> => {
      for (; next < services;) await daemon.call('POST', '/services/create', service(`service-${(next += 1)}`));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, creator));
    await until(swarm, () => tasks() === services * REPLICAS);
    const seconds = Math.round(performance.now() - start) / 1000;
    const { events, ...delay } = busy.end();
    return { services, tasks: services * REPLICAS, events, seconds, delay, idleDelay: { p50, p99 } };
  } finally {
    await swarm?.close();
    await daemon.stop();
  }
}
