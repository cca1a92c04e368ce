import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { isRemoteError, serveSwarm } from 'swarmstate/remote';
import type { RemoteErrorCode, ServeSwarmOptions } from 'swarmstate/remote';
import { answerOf } from '../support/raw-client.ts';
import { asManager, authority, echo, hang, Opened, tls } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const reject = (error: unknown): unknown => error;

test('[V1] a unix socket has the mode 0600, is found by its address, and is gone after close', async () => {
  const path = join(opened.folder(), 'store.sock');
  const server = await opened.server([echo], { listen: `unix://${path}` });
  expect(server.address).toBe(`unix://${path}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const client = opened.client(server.address);
  expect(await client.call(echo.path, Buffer.from('hi'))).toMatchObject({ code: 0, messages: [Buffer.from('hi')] });
  await server.close();
  expect(existsSync(path)).toBe(false);
});

test('[V1] a socket that a killed process left is replaced; one that answers, and a file, are refused', async () => {
  const folder = opened.folder();
  const path = join(folder, 'store.sock');
  const program =
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, ` +
    "'SIGKILL'))";
  spawnSync(process.execPath, ['-e', program]);
  expect(statSync(path).isSocket()).toBe(true);
  const server = await opened.server([echo], { listen: path });
  const again = await opened.server([echo], { listen: path }).catch(reject);
  expect(again).toMatchObject({ code: 'ERR_REMOTE_ADDRESS_IN_USE', target: `unix://${path}` });
  const file = join(folder, 'file');
  writeFileSync(file, 'precious');
  expect(await opened.server([echo], { listen: file }).catch(reject)).toMatchObject({
    code: 'ERR_REMOTE_ADDRESS_IN_USE',
  });
  expect((await opened.client(server.address).call(echo.path)).code).toBe(0);
  // The socket of a successor stays when the first server closes.
  await server.close();
  const successor = await opened.server([echo], { listen: path });
  await server.close();
  expect((await opened.client(successor.address).call(echo.path)).code).toBe(0);
});

test('[V1] port 0 asks for a free port, and an address that is taken or unknown is an error', async () => {
  const server = await opened.server([echo]);
  expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
  const taken = createServer().listen(0, '127.0.0.1');
  opened.add({ close: () => taken.close() });
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const codeOf = async (listen: string): Promise<unknown> => {
    const error: unknown = await opened.server([echo], { listen, tls }).catch(reject);
    return (error as { code?: unknown }).code;
  };
  expect(await codeOf(`127.0.0.1:${port}`)).toBe('ERR_REMOTE_ADDRESS_IN_USE');
  expect(await codeOf('192.0.2.1:7000')).toBe('ERR_REMOTE_ADDRESS');
  expect(await codeOf(join(opened.folder(), 'none/store.sock'))).toBe('ERR_REMOTE_ADDRESS');
});

test.each(['0.0.0.0:0', '192.0.2.1:0', '[::]:0', 'example.com:0'])(
  '[V2] without TLS nobody listens at %s',
  async (listen) => {
    const error = await opened.server([echo], { listen }).catch(reject);
    expect(isRemoteError(error, 'ERR_REMOTE_INSECURE')).toBe(true);
  },
);

test.each(['127.0.0.1:0', '127.1.2.3:0', 'localhost:0'])('[V2] without TLS a server listens at %s', async (listen) => {
  const server = await opened.server([echo], { listen });
  expect((await opened.client(server.address).call(echo.path)).code).toBe(0);
});

test('[V2] with TLS a server listens at every address', async () => {
  const server = await opened.server([echo], { listen: '0.0.0.0:0', tls });
  const client = opened.client(server.address.replace('0.0.0.0', '127.0.0.1'), asManager);
  expect((await client.call(echo.path)).code).toBe(0);
});

test('[V10] close ends streams with a status, and settles when the connections have ended', async () => {
  const server = await opened.server([echo, hang]);
  const client = opened.client(server.address);
  const stream = client.stream(hang.path, Buffer.from('first'));
  await once(stream, 'data');
  const ended = answerOf(stream);
  await server.close();
  expect(await ended).toMatchObject({ code: 14, details: 'the server closes' });
  expect(server.stats()).toMatchObject({ connections: 0, streams: 0, unsentBytes: 0 });
  expect((await client.call(echo.path)).code).toBe(14);
});

test('[V27] options that make no sense are errors that name the option', async () => {
  const cases: readonly (readonly [object, RemoteErrorCode, string])[] = [
    [{ listen: 'nowhere' }, 'ERR_REMOTE_INVALID_ARGUMENT', 'listen'],
    [{ listen: '127.0.0.1:99999' }, 'ERR_REMOTE_INVALID_ARGUMENT', 'listen'],
    [{ listen: 7000 }, 'ERR_REMOTE_INVALID_ARGUMENT', 'listen'],
    [{ listen: '127.0.0.1:0', port: 1 }, 'ERR_REMOTE_INVALID_ARGUMENT', 'port'],
    [{ listen: '127.0.0.1:0', roles: [] }, 'ERR_REMOTE_INVALID_ARGUMENT', 'roles'],
    [{ listen: '127.0.0.1:0', authorize: true }, 'ERR_REMOTE_INVALID_ARGUMENT', 'authorize'],
    [{ listen: '127.0.0.1:0', tls: 'yes' }, 'ERR_REMOTE_INVALID_ARGUMENT', 'tls'],
    [{ listen: '127.0.0.1:0', tls: { ...tls, key: undefined } }, 'ERR_REMOTE_INVALID_ARGUMENT', 'tls.key'],
    [{ listen: '127.0.0.1:0', limits: { streams: 1 } }, 'ERR_REMOTE_INVALID_ARGUMENT', 'limits.streams'],
    [{ listen: '127.0.0.1:0', limits: { connections: 0 } }, 'ERR_REMOTE_INVALID_ARGUMENT', 'limits.connections'],
  ];
  for (const [options, code, argument] of cases) {
    const error = await serveSwarm(new MemoryStore(), options as ServeSwarmOptions).catch(reject);
    expect(error).toMatchObject({ code, argument });
  }
});

test('[V27] certificates that cannot be read, or do not fit, are errors that show no key', async () => {
  const folder = opened.folder();
  mkdirSync(join(folder, 'key'));
  const cases = [
    { ...tls, cert: join(folder, 'none') },
    { ...tls, key: join(folder, 'key') },
    { ...tls, ca: '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n' },
    { ...tls, key: authority.issue('other').key },
  ];
  for (const certificates of cases) {
    const error = await opened.server([echo], { tls: certificates }).catch(reject);
    expect(error).toMatchObject({ code: 'ERR_REMOTE_CERTIFICATE', target: '127.0.0.1:0' });
    expect(String(error)).not.toMatch(/canary|PRIVATE KEY/);
  }
});
