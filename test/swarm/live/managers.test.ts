import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { followSwarm } from 'swarmstate/swarm';
import type { Swarm } from 'swarmstate/swarm';
import { DockerDaemon } from '../../../scripts/engines/docker-daemon.ts';
import { findDocker, whyNoDaemon } from '../../../scripts/engines/docker.ts';
import { LoopbackNetwork } from '../../../scripts/engines/loopback-network.ts';
import { followServed } from './support/served-follower.ts';
import type { ServedFollower } from './support/served-follower.ts';

const programs = findDocker(join(__dirname, '../../..'));
const missing =
  whyNoDaemon() ?? (programs === undefined ? 'Docker is not here: `npm run engines` fetches it' : undefined);

/** Waits for a commit of one of the swarms after which the condition holds. */
function until(swarms: readonly Swarm[], holds: () => boolean): Promise<void> {
  const watchers = swarms.map((swarm) => swarm.store.watch());
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds()) return;
      for (const watcher of watchers) watcher.close();
      resolve();
    };
    for (const watcher of watchers) {
      (async () => {
        for await (const _ of watcher.commits()) look();
      })().catch(reject);
    }
    look();
  });
}

/** Calls the leader, and a call that meets an election again. */
async function call(daemons: readonly DockerDaemon[], method: string, path: string, body?: unknown): Promise<unknown> {
  for (let tries = 0; ; tries += 1) {
    const daemon = daemons[tries % daemons.length] as DockerDaemon;
    try {
      return await daemon.call(method, path, body);
    } catch (error) {
      if (tries > 300 || !/leader|context deadline|Unavailable|ECONN|ENOENT/i.test(String(error))) throw error;
    }
  }
}

interface Node {
  readonly ID: string;
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability: string };
}

if (missing === undefined && programs !== undefined) {
  describe('three managers', () => {
    let network: LoopbackNetwork;
    let daemons: readonly DockerDaemon[] = [];
    let swarms: readonly Swarm[] = [];
    /** Followers of our own server, which serves the store of the follower of each manager. */
    let served: readonly ServedFollower[] = [];

    beforeAll(async () => {
      network = await LoopbackNetwork.start();
      daemons = [1, 2, 3].map(() => new DockerDaemon(programs, network));
      await Promise.all(daemons.map((daemon) => daemon.start()));
      const [first, ...others] = daemons as [DockerDaemon, ...DockerDaemon[]];
      const addresses = (number: number): object => ({
        ListenAddr: `127.0.0.${number}:2377`,
        AdvertiseAddr: `127.0.0.${number}`,
      });
      await first.call('POST', '/swarm/init', addresses(1));
      const { JoinTokens } = (await first.call('GET', '/swarm')) as {
        readonly JoinTokens: { readonly Manager: string };
      };
      for (const [position, daemon] of others.entries()) {
        const join = { RemoteAddrs: ['127.0.0.1:2377'], JoinToken: JoinTokens.Manager };
        await daemon.call('POST', '/swarm/join', { ...addresses(position + 2), ...join });
      }
      swarms = await Promise.all(
        daemons.map((daemon) => followSwarm(daemon.controlSocket, { ca: daemon.rootCertificate })),
      );
      served = await Promise.all(swarms.map(followServed));
    }, 60_000);

    afterAll(async () => {
      await Promise.all(served.map((follower) => follower.close()));
      await Promise.all(swarms.map((swarm) => swarm.close()));
      await Promise.all(daemons.map((daemon) => daemon.stop()));
      network.stop();
    });

    const create = (among: readonly DockerDaemon[], name: string): Promise<unknown> =>
      call(among, 'POST', '/services/create', {
        Name: name,
        TaskTemplate: {
          ContainerSpec: { Image: 'local/none:1' },
          // No node fits, so tasks wait and nothing else happens to them.
          Placement: { Constraints: ['node.labels.place==nowhere'] },
        },
        Mode: { Replicated: { Replicas: 3 } },
      });
    const waiting = (swarm: Swarm, name: string): number =>
      swarm.store.save().tasks.filter((task) => task.serviceAnnotations.name === name && task.status.err !== '').length;
    const contents = (swarm: Swarm): string => {
      const { services, tasks } = swarm.store.save();
      const shown = ({ id, meta }: { id: string; meta: { version: { index: unknown } } }): string =>
        `${id} ${String(meta.version.index)}`;
      return [...services.map(shown), ...tasks.map(shown)].sort().join();
    };
    /** Waits until the tasks of a service wait, and all followers have the same contents. */
    const agreed = (followers: readonly Swarm[], name: string): Promise<void> =>
      until(
        followers,
        () =>
          followers.every((swarm) => swarm.status === 'live' && waiting(swarm, name) === 3) &&
          new Set(followers.map(contents)).size === 1,
      );

    test('[G20] followers of every manager have the same contents, and go on when the leader is killed', async () => {
      await create(daemons, 'before');
      const all = (from: number): readonly Swarm[] => [
        ...swarms.slice(from),
        ...served.slice(from).map(({ swarm }) => swarm),
      ];
      await agreed(all(0), 'before');
      const nodes = (await daemons[0]?.call('GET', '/nodes')) as readonly Node[];
      expect(nodes.filter(({ ManagerStatus }) => ManagerStatus?.Reachability === 'reachable')).toHaveLength(3);
      const [killed, ...left] = daemons as [DockerDaemon, ...DockerDaemon[]];
      const stale = new Promise<void>((resolve) => {
        swarms[0]?.on('status', ({ status }) => {
          if (status === 'stale') resolve();
        });
      });
      await killed.kill();
      await stale;
      await create(left, 'between');
      await agreed(all(1), 'between');

      await killed.start();
      await create(left, 'after');
      await agreed(all(0), 'after');
      expect(swarms[0]?.store.save().services).toHaveLength(3);
    }, 120_000);
  });
} else {
  test('[G20] without a Docker daemon the test of three managers is left out, with a line that says why', () => {
    process.stderr.write(`Left out: the test of three managers. ${String(missing)}\n`);
    // Continuous integration has what can be fetched.
    expect(process.env['CI'] !== undefined && /npm run engines/.test(String(missing))).toBe(false);
  });
}
