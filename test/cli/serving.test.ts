import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStore } from 'swarmstate/replicated';
import { authority, FakeManager } from '../swarm/live/support/fake-manager.ts';
import { cluster, service, task } from '../swarm/live/support/changes.ts';
import { FakeSwarm } from '../swarm/live/support/fake-swarm.ts';
import { aDayAgo, fill, TestFolder } from './support/cluster.ts';
import { runCommand } from './support/run-command.ts';
import type { Outcome } from './support/run-command.ts';

const folder = new TestFolder();
const token = folder.file('token');
beforeAll(() => writeFileSync(token, 'a-token-of-more-than-20-characters\n'));
afterAll(() => folder.remove());

/** Runs `serve`, or `ui`, for as long as `use` takes. */
async function served(
  args: readonly string[],
  use: (url: string) => Promise<void>,
  command = 'serve',
): Promise<Outcome> {
  const ending = new AbortController();
  let run: Promise<Outcome> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    run = runCommand([command, ...args], { signal: ending.signal, onOutput: (text) => resolve(text.trim()) });
    run.then(({ errors }) => reject(new Error(errors)), reject);
  });
  try {
    await use(url);
  } finally {
    ending.abort(new Error('Ctrl-C'));
  }
  if (run === undefined) throw new Error('it did not start');
  return run;
}

test('[U23][U1] what serve serves is a source of the command, without secrets, for holders of the token', async () => {
  const address = `lmdb:${folder.file('data')}`;
  const store = await openStore(address, { store: { now: aDayAgo } });
  try {
    await store.update(fill);
    const outcome = await served([address, '--token-file', token], async (url) => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/events$/);
      const remote = await runCommand(['ls', 'tasks', url, '--token-file', token]);
      expect(remote).toEqual(await runCommand(['ls', 'tasks', address]));
      const refused = await runCommand(['ls', 'tasks', url]);
      expect(refused).toMatchObject({ code: 3, output: '' });
      expect(refused.errors).toContain('refuses this client: give its token with --token-file');
      const secret = await runCommand(['get', 'secret', 'password', url, '--token-file', token, '--show-secrets'], {
        columns: 80,
      });
      expect(secret.code).toBe(0);
      expect(secret.output).not.toContain(Buffer.from('hunter2').toString('base64'));
      let count = 0;
      const state = { ended: false };
      const watch = runCommand(['watch', 'nodes', url, '--token-file', token, '--limit', '1']).finally(
        () => (state.ended = true),
      );
      while (!state.ended)
        await store.update((tx) => tx.nodes.modify('node0', (node) => void (node.status.message = String(++count))));
      expect((await watch).output).toContain('updated node host-0 (node0): status.message');
      expect((await fetch(new URL('/other', url))).status).toBe(404);
    });
    expect(outcome).toMatchObject({ code: 130, errors: '' });
  } finally {
    await store.close();
  }
});

test('[U23] a new token is told where none is given; an address of others needs TLS', async () => {
  const file = await folder.snapshot();
  const outcome = await served([file], (url) => {
    expect(url).toContain('127.0.0.1');
    return Promise.resolve();
  });
  expect(outcome.errors).toMatch(/^swarmstate: the token of clients is [\w-]{43}\n$/);
  for (const args of [['--listen', '0.0.0.0:0'], ['--listen', 'x'], ['--show-secrets']])
    expect((await runCommand(['serve', file, ...args])).code).toBe(2);
});

test('[U25][U1] serve --grpc serves a source to followers and to clients of swarmkit', async () => {
  const address = `lmdb:${folder.file('grpc-data')}`;
  const store = await openStore(address, { store: { now: aDayAgo } });
  try {
    await store.update(fill);
    const socket = folder.file('grpc.sock');
    const outcome = await served([address, '--grpc', `unix://${socket}`], async (place) => {
      expect(place).toBe(`grpc://${socket}`);
      expect(await runCommand(['ls', 'tasks', place])).toEqual(await runCommand(['ls', 'tasks', address]));
      const secret = await runCommand(['get', 'secret', 'password', place, '--show-secrets'], { columns: 80 });
      expect(secret.code).toBe(0);
      expect(secret.output).not.toContain(Buffer.from('hunter2').toString('base64'));
    });
    expect(outcome).toMatchObject({ code: 130, errors: '' });
  } finally {
    await store.close();
  }
});

test('[U25] serve --grpc with TLS: followers show a certificate, and so does followSwarm', async () => {
  const file = await folder.snapshot('tls.snapshot');
  const manager = authority.issue('client', { unit: 'swarm-manager', dnsNames: ['localhost', 'swarm-manager'] });
  const paths = { ca: folder.file('tls-ca.pem'), cert: folder.file('tls-cert.pem'), key: folder.file('tls-key.pem') };
  writeFileSync(paths.ca, authority.ca);
  writeFileSync(paths.cert, manager.certificate);
  writeFileSync(paths.key, manager.key);
  const tls = ['--tls-ca', paths.ca, '--tls-cert', paths.cert, '--tls-key', paths.key];
  const client = ['--ca', paths.ca, '--cert', paths.cert, '--key', paths.key];
  await served([file, '--grpc', '127.0.0.1:0', ...tls], async (place) => {
    const port = /^grpc:\/\/127\.0\.0\.1:(\d+)$/.exec(place)?.[1];
    const local = await runCommand(['ls', 'services', file, '--count']);
    for (const reader of [`grpc://localhost:${port}`, `127.0.0.1:${port}`])
      expect(await runCommand(['ls', 'services', reader, '--count', ...client])).toEqual(local);
  });
  expect((await runCommand(['serve', file, '--grpc', '0.0.0.0:0'])).code).not.toBe(0);
  expect((await runCommand(['serve', file, '--grpc', '127.0.0.1:0', '--tls-ca', paths.ca])).code).toBe(2);
});

test('[U24] ui serves the inspector of a source to this machine, by a link that works once', async () => {
  const file = await folder.snapshot('ui.snapshot');
  const outcome = await served(
    [file],
    async (link) => {
      expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+$/);
      const first = await fetch(link, { redirect: 'manual' });
      expect(first.status).toBe(303);
      expect(first.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Strict');
      expect((await fetch(link, { redirect: 'manual' })).status).toBe(403);
    },
    'ui',
  );
  expect(outcome).toMatchObject({ code: 130, errors: '' });
  expect((await runCommand(['ui', file, '--show-secrets'])).code).toBe(2);
});

test('[U1][U16] a running manager is a source, by its socket', async () => {
  const swarm = new FakeSwarm();
  swarm.commit([cluster('c1'), service('s1'), task('t1')]);
  const manager = new FakeManager(swarm);
  await manager.start();
  const ca = folder.file('ca.pem');
  writeFileSync(ca, authority.ca);
  try {
    const target = `unix://${manager.path}`;
    const listed = await runCommand(['ls', 'tasks', target, '--ca', ca, '--jsonl']);
    expect(listed).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(listed.output)).toMatchObject({ id: 't1' });
    // The path of the socket alone names it, too.
    expect((await runCommand(['ls', 'services', manager.path, '--ca', ca, '--count'])).output).toBe('1\n');
    let slot = 1;
    const state = { ended: false };
    const watch = runCommand(['watch', 'tasks', target, '--ca', ca, '--limit', '1', '--json']).finally(
      () => (state.ended = true),
    );
    while (!state.ended) {
      swarm.commit([task('t1', ++slot)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(JSON.parse((await watch).output)).toMatchObject({ action: 'update', kind: 'task', object: { id: 't1' } });
    const nobody = await runCommand(['ls', 'tasks', `unix://${folder.file('no.sock')}`]);
    expect(nobody.code).toBe(3);
    expect(nobody.errors).toContain('ERR_SWARM_');
  } finally {
    manager.stop();
  }
});
