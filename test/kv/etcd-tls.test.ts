import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvError } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { TestAuthority } from '../support/certificates.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';

const authority = new TestAuthority('the authority of the servers');
const stranger = new TestAuthority('another authority');
const server = authority.issue('server');
const client = authority.issue('client');
const files = { 'ca.pem': authority.ca, 'server.pem': server.certificate, 'server.key': server.key };

async function failure(endpoints: readonly string[], tls: EtcdOptions['tls'], write = false): Promise<KvError> {
  const kv = await createStore('etcd', endpoints, { timeoutMs: 1000, reconnectMs: 500, tls });
  try {
    await (write ? kv.put('a', 'x') : kv.get('a'));
  } catch (error) {
    return error as KvError;
  } finally {
    await kv.close();
  }
  throw new Error('it was let in');
}

describeWithEtcd((program) => {
  let open: EtcdCluster;
  let closed: EtcdCluster;
  beforeAll(async () => {
    const flags = (path: (name: string) => string): Record<string, string> => ({
      'cert-file': path('server.pem'),
      'key-file': path('server.key'),
    });
    open = await EtcdCluster.start(program, { scheme: 'https', files, flags, client: { tls: { ca: authority.ca } } });
    closed = await EtcdCluster.start(program, {
      scheme: 'https',
      files,
      flags: (path) => ({ ...flags(path), 'trusted-ca-file': path('ca.pem'), 'client-cert-auth': 'true' }),
      client: { tls: { ca: authority.ca, ...client } },
    });
  }, 60_000);
  afterAll(async () => {
    await open.stop();
    await closed.stop();
  });

  test('[Q31] etcd works over TLS with the certificate authority of its servers, for calls and watches', async () => {
    const kv = await createStore('etcd', open.endpoints, { tls: { ca: Buffer.from(authority.ca) } });
    const watcher = kv.watch('a');
    const pair = await kv.put('a', 'x', { ttl: 60_000 });
    expect((await watcher.next()).value?.pair).toEqual(pair);
    await kv.close();
    // The scheme may be left out when tls is given.
    const short = await createStore('etcd', [open.endpoints[0]!.replace('https://', '')], {
      tls: { ca: authority.ca },
    });
    expect((await short.get('a')).lastIndex).toBe(pair.lastIndex);
    await short.close();
  });

  test('[Q31] an etcd with a certificate of another authority is refused, and the error says why', async () => {
    for (const tls of [{ ca: stranger.ca }, undefined]) {
      const { code, message } = await failure(open.endpoints, tls);
      expect(code).toBe('ERR_KV_NOT_REACHABLE');
      expect(message).toMatch(/certificate/);
    }
    expect((await failure(open.endpoints, { ca: stranger.ca }, true)).code).toBe('ERR_KV_NOT_REACHABLE');
    // A server with TLS gets nothing over a connection without TLS.
    expect((await failure([open.endpoints[0]!.replace('https', 'http')], undefined)).code).toBe('ERR_KV_NOT_REACHABLE');
  });

  test('[Q31] a server of etcd that asks for client certificates accepts those of its authority only', async () => {
    const kv = await createStore('etcd', closed.endpoints, { tls: { ca: authority.ca, ...client } });
    await kv.put('a', 'x');
    await kv.close();
    const other = stranger.issue('client');
    for (const tls of [{ ca: authority.ca }, { ca: authority.ca, ...other }]) {
      expect((await failure(closed.endpoints, tls)).code).toBe('ERR_KV_NOT_REACHABLE');
      expect((await failure(closed.endpoints, tls, true)).code).toBe('ERR_KV_NOT_REACHABLE');
    }
  });
});

test('[Q31] etcd refuses invalid TLS options, and TLS options for an http: address', async () => {
  for (const [endpoint, tls] of [
    ['https://localhost:1', { key: client.key }],
    ['https://localhost:1', { certificate: client.certificate }],
    ['https://localhost:1', { certificate: 'no', key: 'PEM' }],
    ['http://localhost:1', { ca: authority.ca }],
  ] as const) {
    await expect(createStore('etcd', [endpoint], { tls })).rejects.toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT' });
  }
});
