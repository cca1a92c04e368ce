import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TaskState } from 'swarmstate';
import type { Meta } from 'swarmstate';
import { followSwarm, readSwarmFolder } from 'swarmstate/swarm';
import type { Swarm } from 'swarmstate/swarm';
import { DockerDaemon } from '../../../scripts/engines/docker-daemon.ts';
import { findDocker, whyNoDaemon } from '../../../scripts/engines/docker.ts';
import { followServed } from './support/served-follower.ts';
import type { ServedFollower } from './support/served-follower.ts';

const programs = findDocker(join(__dirname, '../../..'));
const noCompiler =
  spawnSync('cc', ['--version']).status === 0 ? undefined : 'an image is made of a C program, and there is no compiler';
const missing =
  whyNoDaemon() ??
  (programs === undefined ? 'Docker is not here: `npm run engines` fetches it' : undefined) ??
  noCompiler;

interface Listed {
  readonly ID: string;
  readonly Version: { readonly Index: number };
}

/** Waits until the condition holds after a commit, for each of the followers. */
async function until(swarms: readonly Swarm[], holds: (swarm: Swarm) => boolean): Promise<void> {
  for (const swarm of swarms) {
    const watcher = swarm.store.watch();
    if (!holds(swarm)) for await (const _ of watcher.commits()) if (holds(swarm)) break;
    watcher.close();
  }
}

/** An image of one program that only waits, without any registry. */
function imageTar(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-image-'));
  try {
    writeFileSync(join(folder, 'p.c'), 'int pause(void);int main(){for(;;)pause();}');
    spawnSync('cc', ['-static', '-o', 'program', 'p.c'], { cwd: folder });
    spawnSync('tar', ['-cf', 'image.tar', 'program'], { cwd: folder });
    return readFileSync(join(folder, 'image.tar'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (missing === undefined && programs !== undefined) {
  describe('a Docker daemon', () => {
    const daemon = new DockerDaemon(programs);
    let swarm: Swarm;
    let served: ServedFollower;
    /** The follower of the daemon, and one of our own server with the store of the first. */
    let swarms: readonly Swarm[] = [];
    beforeAll(async () => {
      await daemon.start();
      await daemon.call('POST', '/swarm/init', { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' });
      const image = imageTar();
      const changes = encodeURIComponent('CMD ["/program"]');
      await daemon.call('POST', `/images/create?fromSrc=-&repo=local/sleeper&tag=1&changes=${changes}`, image);
      swarm = await followSwarm(daemon.controlSocket, { ca: daemon.rootCertificate });
      served = await followServed(swarm);
      swarms = [swarm, served.swarm];
    });
    afterAll(async () => {
      await served.close();
      await swarm.close();
      await daemon.stop();
    });

    const running = ({ store }: Swarm): number =>
      store.save().tasks.filter(({ status }) => status.state === TaskState.RUNNING).length;

    /** The ids and versions of the HTTP API, and those of the state folder, against those of the store. */
    async function compare(): Promise<void> {
      const lists = { services: 'services', tasks: 'tasks', nodes: 'nodes', secrets: 'secrets', configs: 'configs' };
      const contents = swarm.store.save();
      const folder = (await readSwarmFolder(daemon.stateFolder, { tail: 'all' })).store.save();
      const shown = ({ id, meta }: { id: string; meta: Meta }): string => `${id} ${meta.version.index}`;
      for (const [path, table] of Object.entries(lists) as [string, keyof typeof lists][]) {
        const listed = (await daemon.call('GET', `/${path}`)) as readonly Listed[];
        const ours = [table, ...contents[table].map(shown).sort()];
        expect(ours).toEqual([table, ...listed.map(({ ID, Version }) => `${ID} ${Version.Index}`).sort()]);
        expect(ours).toEqual([table, ...folder[table].map(shown).sort()]);
      }
      // The second follower gets the same, a little later.
      const all = ({ store }: Swarm): string => {
        const { services, tasks, nodes, secrets, configs, volumes } = store.save();
        return [...services, ...tasks, ...nodes, ...secrets, ...configs, ...volumes].map(shown).sort().join();
      };
      await until([served.swarm], (second) => all(second) === all(swarm));
    }

    test('[G18] the contents are those of the HTTP API, for five kinds, also after kill -9', async () => {
      const service = (replicas: number): object => ({
        Name: 'web',
        TaskTemplate: { ContainerSpec: { Image: 'local/sleeper:1' } },
        Mode: { Replicated: { Replicas: replicas } },
      });
      const { ID } = (await daemon.call('POST', '/services/create', service(2))) as { readonly ID: string };
      await until(swarms, (each) => running(each) === 2);
      const Data = Buffer.from('canary').toString('base64');
      await daemon.call('POST', '/secrets/create', { Name: 'k', Data });
      await daemon.call('POST', '/configs/create', { Name: 'c', Data });
      const [node] = (await daemon.call('GET', '/nodes')) as readonly (Listed & { readonly Spec: object })[];
      const relabelled = { ...node?.Spec, Labels: { zone: 'a' } };
      await daemon.call('POST', `/nodes/${node?.ID}/update?version=${node?.Version.Index}`, relabelled);
      await until(swarms, ({ store }) => store.save().nodes[0]?.spec.annotations.labels['zone'] === 'a');
      const stored = swarm.store.save().services[0]?.meta.version.index;
      await daemon.call('POST', `/services/${ID}/update?version=${stored}`, service(3));
      await until(swarms, (each) => running(each) === 3);
      await compare();
      const scaled = swarm.store.save().services[0]?.meta.version.index;
      await daemon.call('POST', `/services/${ID}/update?version=${scaled}&rollback=previous`, service(3));
      await until(swarms, (each) => running(each) === 2);
      const AccessMode = { Scope: 'single', Sharing: 'none', MountVolume: {} };
      await daemon.call('POST', '/volumes/create', { Name: 'v', Driver: 'csi', ClusterVolumeSpec: { AccessMode } });
      await until(swarms, ({ store }) => store.save().volumes.length === 1);
      await compare();
      const [volume] = (await readSwarmFolder(daemon.stateFolder, { tail: 'all' })).store.save().volumes;
      for (const { store } of swarms) {
        expect(store.save().volumes).toEqual([volume]);
        expect(store.save().secrets[0]?.spec.data).toHaveLength(0);
      }

      const resets: unknown[] = [];
      for (const { store } of swarms) store.on('reset', (reset) => resets.push(reset));
      await daemon.kill();
      await daemon.start();
      await until(swarms, (each) => each.status === 'live' && running(each) === 2);
      await daemon.call('DELETE', `/services/${ID}`);
      await until(swarms, ({ store }) => store.save().tasks.length === 0);
      await compare();
      // The missed changes came as commits.
      expect(resets).toEqual([]);
    });

    test('[G19] events of tasks that fail come complete and in order: created once, states never lower', async () => {
      const watchers = swarms.map(({ store }) => store.watch({ events: [{ kind: 'task' }] }));
      const { ID } = (await daemon.call('POST', '/services/create', {
        Name: 'crashing',
        TaskTemplate: {
          ContainerSpec: { Image: 'local/sleeper:1', Command: ['/nothing'] },
          RestartPolicy: { Condition: 'any', Delay: 100_000_000 },
        },
      })) as { readonly ID: string };
      for (const watcher of watchers) {
        const states = new Map<string, number[]>();
        let failed = 0;
        for await (const event of watcher) {
          if (event.kind !== 'task' || event.object.serviceId !== ID) continue;
          const { id, status } = event.object;
          const seen = states.get(id);
          expect(event.action === 'create').toBe(seen === undefined);
          expect(status.state).toBeGreaterThanOrEqual(seen?.at(-1) ?? 0);
          states.set(id, [...(seen ?? []), status.state]);
          if (status.state >= TaskState.FAILED && seen?.at(-1) !== status.state) failed += 1;
          if (failed === 3) break;
        }
        expect(states.size).toBeGreaterThanOrEqual(3);
        for (const seen of [...states.values()].slice(0, 2)) expect(seen).toContain(TaskState.ASSIGNED);
      }
      await daemon.call('DELETE', `/services/${ID}`);
    });

    test('[G14] a join token of the swarm pins its root certificate', async () => {
      const { JoinTokens } = (await daemon.call('GET', '/swarm')) as {
        readonly JoinTokens: { readonly Worker: string };
      };
      const pinned = await followSwarm(daemon.controlSocket, { ca: JoinTokens.Worker });
      expect(pinned.store.save().nodes).toHaveLength(1);
      await pinned.close();
    });
  });
} else {
  test('[G18] without a Docker daemon its tests are left out, with a line that says why', () => {
    process.stderr.write(`Left out: the tests of a Docker daemon. ${String(missing)}\n`);
    // Continuous integration has what can be fetched.
    expect(process.env['CI'] !== undefined && /npm run engines/.test(String(missing))).toBe(false);
  });
}
