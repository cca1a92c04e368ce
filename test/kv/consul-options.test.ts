import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { consul } from 'swarmstate/kv/consul';
import type { ConsulOptions } from 'swarmstate/kv/consul';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { TestAuthority } from '../support/certificates.ts';
import { ConsulCalls } from '../support/consul-calls.ts';
import { describeWithConsul } from '../support/consul-server.ts';

const canary = 'b1dc0ffe-canary';
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function open(endpoints: readonly string[], options: ConsulOptions = {}): Promise<KvStore> {
  const kv = await createStore('consul', endpoints, options);
  ending.push(() => kv.close());
  return kv;
}

/** Everything that a logger may print of a value. */
function shown(value: unknown): string {
  const { message, stack, cause } = value as Error;
  const all = inspect(value, { depth: 10, showHidden: true });
  return [message, stack, all, cause === undefined ? '' : shown(cause)].join('\n');
}

/** A server that calls `treat` with each connection. */
async function fake(treat: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers every request with this status and text. */
function answering(status: number, text: string): Promise<string> {
  return fake((socket) => {
    socket.on('data', () => {
      socket.write(`HTTP/1.1 ${status} x\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    });
  });
}

describe('consul', () => {
  test('[Q18][Q58] endpoints and options of consul without a sense are refused, and no secrets shown', async () => {
    expect(consul.name).toBe('consul');
    for (const endpoint of [
      'nonsense',
      `http://me:${canary}@host:8500`,
      `http://host:8500?token=${canary}`,
      'ftp://h:1',
    ]) {
      const error: unknown = await createStore('consul', [endpoint]).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT', argument: 'endpoints' });
      expect(shown(error)).not.toContain(canary);
    }
    await expect(createStore('consul')).rejects.toMatchObject({ argument: 'endpoints' });
    for (const [option, value] of Object.entries({
      prefix: 'a//b',
      token: `${canary} ${canary}`,
      timeoutMs: 0,
      reconnectMs: -1,
      maxValueBytes: 0.5,
      history: 0,
      tls: { certificate: canary },
      tokem: canary,
    })) {
      const error: unknown = await createStore('consul', ['http://a:1'], { [option]: value }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT', argument: option });
      expect(shown(error)).not.toContain(canary);
    }
    await expect(createStore('consul', ['http://a:1'], { tls: {} })).rejects.toMatchObject({ argument: 'endpoints' });
    await expect(createStore('consul', ['a:1'], { tls: { pem: 'x' } })).rejects.toMatchObject({ argument: 'tls.pem' });
    await expect(createStore('consul', ['a:1'], { tls: { ca: 5 } })).rejects.toMatchObject({ argument: 'tls.ca' });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['that sends garbage', (socket) => void socket.write('garbage'.repeat(100))],
    ['that closes each connection', (socket) => socket.destroy()],
    ['that never answers', (socket) => void socket.resume()],
  ])(
    '[Q17][Q116] with a server %s in the place of Consul, calls and watches reject within their time',
    async (_, treat) => {
      const kv = await open([await fake(treat)], { timeoutMs: 300, reconnectMs: 300 });
      await expect(kv.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      // Nothing was sent that writes: the head is read first.
      await expect(kv.put('a', 'b')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      await expect(kv.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      await expect(kv.changes('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    },
  );

  test.each<[string, number, string, string, RegExp]>([
    ['no leader', 500, 'No cluster leader', 'ERR_KV_NOT_REACHABLE', /No cluster leader/],
    ['a rate limit', 429, 'too many requests', 'ERR_KV_NOT_REACHABLE', /too many requests/],
    ['no rights', 403, 'Permission denied', 'ERR_KV_NOT_PERMITTED', /give a token/],
    ['a token that it does not know', 403, 'ACL not found', 'ERR_KV_NOT_PERMITTED', /ACL not found/],
    ['a request that is too large', 413, 'Request body too large', 'ERR_KV_REFUSED', /txn_max_req_len/],
    ['another address', 301, '/elsewhere', 'ERR_KV_REFUSED', /301/],
    ['a text', 200, 'hello', 'ERR_KV_NOT_REACHABLE', /no JSON/],
    ['another answer', 200, '{"Results":[{"KV":{"Key":5}}]}', 'ERR_KV_NOT_REACHABLE', /a key without its parts/],
  ])(
    '[Q116] a server of Consul that answers with %s is an error of its own',
    async (_, status, text, code, message) => {
      const kv = await open([await answering(status, text)], { timeoutMs: 200, token: canary });
      for (const run of [() => kv.read(['a']), () => kv.put('a', 'x'), () => kv.list('a')]) {
        const error: unknown = await run().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
        expect(shown(error)).not.toContain(canary);
      }
      expect(inspect(kv, { depth: 10, showHidden: true })).not.toContain(canary);
    },
  );
});

describeWithConsul((program) => {
  describe('with rights', () => {
    let server: ConsulCluster;
    let root: ConsulCalls;
    const master = '5e0f2c1a-7f1d-4a0e-9d2b-000000000001';
    beforeAll(async () => {
      server = await ConsulCluster.start(program, {
        settings: () => ({
          acl: { enabled: true, default_policy: 'deny', tokens: { master } },
          // The server's own shortest time to live.
          session_ttl_min: '10s',
        }),
      });
      root = new ConsulCalls(server.endpoint, master);
      await root.policy('app', 'key_prefix "app" { policy = "write" } session_prefix "" { policy = "write" }');
      await root.policy('reader', 'key_prefix "app" { policy = "read" }');
    }, 60_000);
    afterAll(() => server.stop());

    async function tokenOf(policy: string): Promise<string> {
      const answer = await root.put('/v1/acl/token', { Policies: [{ Name: policy }] });
      return (JSON.parse(answer) as { SecretID: string }).SecretID;
    }

    test('[Q116] rights of a Consul token on the prefix are enough, also for a ttl; others learn more', async () => {
      const kv = await open([server.endpoint], { prefix: 'app', token: await tokenOf('app') });
      const pair = await kv.put('a', 'x', { ttl: 2000 });
      expect(await kv.get('a')).toEqual(pair);
      // The servers keep a session for 10 seconds at least.
      const { Session = '' } = (await root.key('app/a')) ?? {};
      const [session] = await root.get<{ TTL: string }[]>(`/v1/session/info/${Session}`);
      expect(session?.TTL).toBe('10000ms');
      const watcher = kv.watch('b');
      await kv.put('b', 'x');
      expect((await watcher.next()).value?.key).toBe('b');
      const refused = { code: 'ERR_KV_NOT_PERMITTED' };
      const reader = await open([server.endpoint], { prefix: 'app', token: await tokenOf('reader') });
      expect(await reader.get('a')).toEqual(pair);
      await expect(reader.put('a', 'y')).rejects.toMatchObject(refused);
      await expect(reader.put('a', 'y', { ttl: 60_000 })).rejects.toMatchObject(refused);
      const wrong = await open([server.endpoint], { prefix: 'app', token: '5e0f2c1a-7f1d-4a0e-9d2b-000000000009' });
      await expect(wrong.get('a')).rejects.toMatchObject(refused);
      await expect(wrong.put('a', 'y')).rejects.toMatchObject(refused);
      await expect(wrong.watch('a').next()).rejects.toMatchObject(refused);
      const elsewhere = await open([server.endpoint], { prefix: 'other', token: await tokenOf('app') });
      await expect(elsewhere.put('a', 'y')).rejects.toMatchObject(refused);
      await expect(kv.put('a', 'x', { ttl: 2 ** 31 - 1 })).rejects.toMatchObject({ code: 'ERR_KV_REFUSED' });
      expect(await kv.get('a')).toEqual(pair);
    });
  });

  describe('over TLS', () => {
    const authority = new TestAuthority('the authority of the servers');
    const stranger = new TestAuthority('another authority');
    const client = authority.issue('client');
    let server: ConsulCluster;
    beforeAll(async () => {
      const own = authority.issue('server');
      server = await ConsulCluster.start(program, {
        isEncrypted: true,
        files: { 'ca.pem': authority.ca, 'server.pem': own.certificate, 'server.key': own.key },
        settings: (path) => ({
          ca_file: path('ca.pem'),
          cert_file: path('server.pem'),
          key_file: path('server.key'),
          verify_incoming_https: true,
        }),
      });
    }, 60_000);
    afterAll(() => server.stop());

    test('[Q31] Consul over TLS takes client certificates; strangers get ERR_KV_NOT_REACHABLE and why', async () => {
      const kv = await open([server.endpoint.replace('https://', '')], {
        timeoutMs: 20_000,
        tls: { ca: Buffer.from(authority.ca), ...client },
      });
      const pair = await kv.put('a', 'x');
      expect((await kv.watch('a').next()).value?.pair).toEqual(pair);
      for (const tls of [{ ca: authority.ca }, { ca: stranger.ca, ...client }, undefined]) {
        const other = await open([server.endpoint], { timeoutMs: 300, tls });
        await expect(other.get('a')).rejects.toMatchObject({
          code: 'ERR_KV_NOT_REACHABLE',
          message: expect.stringMatching(/certificate/) as unknown,
        });
        await expect(other.put('a', 'y')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      }
      expect(await kv.get('a')).toEqual(pair);
    });
  });
});
