import { expect, test } from '@jest/globals';
import { followSwarm, isSwarmError } from 'swarmstate/swarm';
import { findControlSocket, rootCertificateOf } from '../../../src/swarm/live/manager/default-places.ts';
import type { Surroundings } from '../../../src/swarm/live/manager/default-places.ts';
import { parseTarget } from '../../../src/swarm/live/manager/target.ts';

function around(files: readonly string[], env: Surroundings['env'] = {}, uid = 0, text = ''): Surroundings {
  return {
    env,
    uid,
    home: '/home/ann',
    exists: (path) => files.includes(path),
    read: () => (text === '' ? undefined : text),
  };
}

test('[G12] without a target the local manager is found: DOCKER_HOST, rootless, usual and configured places', () => {
  const system = '/run/docker/swarm/control.sock';
  const rootless = '/run/user/1000/docker/swarm/control.sock';
  expect(findControlSocket(around([system]))).toBe(system);
  expect(findControlSocket(around([system, rootless], {}, 1000))).toBe(rootless);
  const beside = '/var/run/docker/swarm/control.sock';
  const named = around([system, beside], { DOCKER_HOST: 'unix:///var/run/docker.sock' });
  expect(findControlSocket(named)).toBe(beside);
  const configured = around(['/x/swarm/control.sock'], {}, 0, '{"exec-root":"/x","data-root":"/y"}');
  expect(findControlSocket(configured)).toBe('/x/swarm/control.sock');
  expect(rootCertificateOf('/x/swarm/control.sock', configured)).toBe('/y/swarm/certificates/swarm-root-ca.crt');
  expect(rootCertificateOf(system, around([]))).toBe('/var/lib/docker/swarm/certificates/swarm-root-ca.crt');
  expect(rootCertificateOf(rootless, around([], {}, 1000))).toBe(
    '/home/ann/.local/share/docker/swarm/certificates/swarm-root-ca.crt',
  );
  expect(rootCertificateOf('/elsewhere/control.sock', around([]))).toBeUndefined();
});

test('[G12] where no manager is found the error says where it was looked for', () => {
  for (const env of [{}, { DOCKER_HOST: 'tcp://h:2376' }, { DOCKER_HOST: 'unix:///run/docker.sock' }]) {
    let thrown: unknown;
    try {
      findControlSocket(around([], env));
    } catch (error) {
      thrown = error;
    }
    expect(isSwarmError(thrown, 'ERR_SWARM_NOT_A_MANAGER')).toBe(true);
  }
});

test('[G12] a target is a path or an address; others and unknown options are ERR_SWARM_INVALID_ARGUMENT', async () => {
  expect(parseTarget('/a/control.sock').text).toBe('unix:///a/control.sock');
  expect(parseTarget('tcp://h').text).toBe('h:2377');
  expect(parseTarget('[::1]:99').text).toBe('[::1]:99');
  for (const text of ['', 'h:0', 'h:99999', 'http://h/x y', 'a b'])
    expect(() => parseTarget(text)).toThrow('is no address');
  await expect(followSwarm('/a', { cafile: '/x' } as never)).rejects.toMatchObject({ argument: 'cafile' });
  await expect(followSwarm('/a', { history: 0 })).rejects.toMatchObject({ argument: 'history' });
});
