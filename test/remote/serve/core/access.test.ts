import { copyFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Access, RemotePeer } from 'swarmstate/remote';
import { TestAuthority } from '../../../support/certificates.ts';
import type { ClientIdentity } from '../support/raw-client.ts';
import { answerOf } from '../support/raw-client.ts';
import { asManager, authority, echo, hang, manager, Opened, tellSecrets, tls } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const OK = 0;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;

const foreign = new TestAuthority('swarm-ca').issue('other', { unit: 'swarm-manager' });
const strangers: readonly (readonly [string, ClientIdentity | undefined])[] = [
  ['without TLS', undefined],
  ['without a certificate', { ca: authority.ca }],
  ['with a certificate of another authority of the same name', { ca: authority.ca, own: foreign }],
  [
    'with an expired certificate',
    { ca: authority.ca, own: authority.issue('old', { unit: 'swarm-manager', until: '20210101000000Z' }) },
  ],
];

test.each(strangers)('[V3] on TCP a peer %s is not let in', async (_, identity) => {
  const server = await opened.server([echo], { tls });
  const { code, messages } = await opened.client(server.address, identity).call(echo.path, Buffer.from('x'));
  expect({ code, messages }).toEqual({ code: UNAVAILABLE, messages: [] });
  // A peer that is let in goes on as if nothing had been.
  expect((await opened.client(server.address, asManager).call(echo.path)).code).toBe(OK);
  expect(server.problems.length).toBeGreaterThan(0);
});

test('[V3] on a unix socket with TLS no certificate is needed, and one of another authority is refused', async () => {
  const server = await opened.server([echo], { listen: join(opened.folder(), 'store.sock'), tls });
  expect((await opened.client(server.address, { ca: authority.ca }).call(echo.path)).code).toBe(OK);
  expect((await opened.client(server.address, asManager).call(echo.path)).code).toBe(OK);
  const { code } = await opened.client(server.address, { ca: authority.ca, own: foreign }).call(echo.path);
  expect(code).toBe(UNAVAILABLE);
});

test.each([
  ['swarm-worker', PERMISSION_DENIED],
  ['swarm-manager-2', PERMISSION_DENIED],
  ['Swarm-Manager', PERMISSION_DENIED],
  [undefined, PERMISSION_DENIED],
  ['swarm-manager', OK],
])('[V4] the role of a peer is the OU of its certificate: %s', async (unit, code) => {
  const server = await opened.server([echo], { tls });
  const own = authority.issue('peer', unit === undefined ? {} : { unit });
  expect((await opened.client(server.address, { ca: authority.ca, own }).call(echo.path)).code).toBe(code);
});

test('[V4] the roles that may read are an option', async () => {
  const server = await opened.server([echo], { tls, roles: ['reader', 'writer'] });
  const reader = authority.issue('reader', { unit: 'reader' });
  expect((await opened.client(server.address, { ca: authority.ca, own: reader }).call(echo.path)).code).toBe(OK);
  const refused = await opened.client(server.address, asManager).call(echo.path);
  expect(refused.code).toBe(PERMISSION_DENIED);
  expect(refused.details).toMatch(/role reader or writer .* the role of this peer is swarm-manager/);
});

test('[V5] authorize is told the peer and the method, and decides about the call and about secrets', async () => {
  const asked: (readonly [RemotePeer, string])[] = [];
  let access: Access = true;
  const server = await opened.server([tellSecrets], {
    tls,
    authorize: (peer, method) => {
      asked.push([peer, method]);
      return access;
    },
  });
  const client = opened.client(server.address, asManager);
  const told = async (): Promise<readonly string[]> => (await client.call(tellSecrets.path)).messages.map(String);
  expect(await told()).toEqual(['false']);
  access = 'secrets';
  expect(await told()).toEqual(['true']);
  access = false;
  expect(await client.call(tellSecrets.path)).toMatchObject({ code: PERMISSION_DENIED, messages: [] });
  expect(asked).toHaveLength(3);
  expect(asked[0]).toMatchObject([
    { by: 'certificate', name: 'manager', roles: ['swarm-manager'], address: '127.0.0.1' },
    tellSecrets.path,
  ]);
  expect(asked[0]?.[0].fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('a secret reason');
    },
  ],
  ['rejects', () => Promise.reject(new Error('a secret reason'))],
  ['returns nothing', () => undefined as unknown as Access],
  ['resolves to another text', () => Promise.resolve('yes' as Access)],
])('[V5] a call is refused where authorize %s', async (_, authorize) => {
  const server = await opened.server([echo], { authorize });
  const { code, details } = await opened.client(server.address).call(echo.path);
  expect(code).toBe(PERMISSION_DENIED);
  expect(details).not.toContain('secret');
});

test('[V5] authorize is not asked about a peer without the role, and a late answer counts', async () => {
  let asked = 0;
  const server = await opened.server([tellSecrets], {
    tls,
    authorize: async (): Promise<Access> => {
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return 'secrets';
    },
  });
  const worker = authority.issue('worker', { unit: 'swarm-worker' });
  const refused = await opened.client(server.address, { ca: authority.ca, own: worker }).call(tellSecrets.path);
  expect([refused.code, asked]).toEqual([PERMISSION_DENIED, 0]);
  const { messages } = await opened.client(server.address, asManager).call(tellSecrets.path);
  expect([messages.map(String), asked]).toEqual([['true'], 1]);
});

test('[V11] certificates that were replaced count for new connections, and streams go on', async () => {
  const folder = opened.folder();
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const next = new TestAuthority('next-ca');
  const write = (ca: string, { certificate, key }: { readonly certificate: string; readonly key: string }): void => {
    writeFileSync(files.ca, ca);
    writeFileSync(files.cert, certificate);
    writeFileSync(files.key, key);
  };
  write(authority.ca, manager);
  const server = await opened.server([echo, hang], { tls: files });
  const before = opened.client(server.address, asManager);
  const stream = before.stream(hang.path, Buffer.from('first'));
  stream.on('error', () => undefined);
  await once(stream, 'data');

  const renewed = next.issue('manager', { unit: 'swarm-manager', dnsNames: ['swarm-manager'] });
  write(next.ca, renewed);
  server.reloadCertificates();
  expect((await opened.client(server.address, { ca: next.ca, own: renewed }).call(echo.path)).code).toBe(OK);
  expect((await opened.client(server.address, asManager).call(echo.path)).code).toBe(UNAVAILABLE);
  expect((await before.call(echo.path)).code).toBe(OK);
  expect(stream.destroyed).toBe(false);

  // A file that is half written leaves the certificates as they are.
  copyFileSync(files.ca, files.key);
  expect(() => server.reloadCertificates()).toThrow(/ERR_REMOTE_CERTIFICATE/);
  expect((await opened.client(server.address, { ca: next.ca, own: renewed }).call(echo.path)).code).toBe(OK);
});

test('[V12] the streams of a peer end when its certificate expires', async () => {
  const server = await opened.server([hang], { tls });
  const until = new Date(Date.now() + 2000).toISOString().replace(/[-:T]|\.\d+/g, '');
  const own = authority.issue('short', { unit: 'swarm-manager', until });
  const client = opened.client(server.address, { ca: authority.ca, own });
  expect(await answerOf(client.stream(hang.path))).toMatchObject({
    code: 16,
    details: 'the certificate of this peer has expired',
  });
});
