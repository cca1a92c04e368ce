import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import type { ClusterOptions } from '../../scripts/engines/etcd-cluster.ts';
import { MessageWriter } from '../support/message-bytes.ts';
import { EtcdCalls } from '../support/etcd-calls.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';

const root = { user: 'root', password: 'secret' };
const notPermitted = { name: 'KvError', code: 'ERR_KV_NOT_PERMITTED' };

describeWithEtcd((program) => {
  const ending: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });

  async function start(options: ClusterOptions = {}): Promise<EtcdCluster> {
    const cluster = await EtcdCluster.start(program, options);
    ending.push(() => cluster.stop());
    return cluster;
  }

  async function open(cluster: EtcdCluster, options: object): Promise<KvStore> {
    const kv = await createStore('etcd', cluster.endpoints, options);
    ending.push(() => kv.close());
    return kv;
  }

  function calls(cluster: EtcdCluster): EtcdCalls {
    const made = new EtcdCalls(cluster.endpoints[0]!);
    ending.push(() => made.close());
    return made;
  }

  test('[Q28] etcd accepts a known user with the right password, and is ERR_KV_NOT_PERMITTED for others', async () => {
    const cluster = await start();
    await calls(cluster).enableAuth({ root: 'secret', app: 'other' });
    const known = await open(cluster, root);
    await known.put('a', 'b', { ttl: 60_000, keepAlive: true });
    const watcher = known.watch('a');
    expect((await watcher.next()).done).toBe(false);
    for (const options of [{ user: 'root', password: 'guessed' }, { user: 'nobody', password: 'secret' }, {}]) {
      const stranger = await open(cluster, options);
      await expect(stranger.get('a')).rejects.toMatchObject(notPermitted);
      await expect(stranger.put('a', 'c')).rejects.toMatchObject(notPermitted);
      await expect(stranger.watch('a').next()).rejects.toMatchObject(notPermitted);
    }
    const app = await open(cluster, { user: 'app', password: 'other' });
    await app.put('app/a', 'x');
    expect((await app.list('app')).map(({ key }) => key)).toEqual(['app/a']);
    await expect(app.get('a')).rejects.toMatchObject(notPermitted);
    await expect(app.put('a', 'x')).rejects.toMatchObject(notPermitted);
    await expect(app.watchTree('').next()).rejects.toMatchObject(notPermitted);
    expect(Buffer.from((await known.get('a')).value).toString()).toBe('b');
    // A refused user is accepted once the server knows it.
    const late = await open(cluster, { user: 'late', password: 'later' });
    await expect(late.get('a')).rejects.toMatchObject(notPermitted);
    const raw = calls(cluster);
    const token = await raw.token('root', 'secret');
    await raw.call('Auth/UserAdd', new MessageWriter().text(1, 'late').text(2, 'later').finish(), token);
    await raw.call('Auth/UserGrantRole', new MessageWriter().text(1, 'late').text(2, 'root').finish(), token);
    expect((await late.get('a')).key).toBe('a');
  }, 40_000);

  test('[Q28] a token that etcd forgot in a restart is replaced', async () => {
    const cluster = await start();
    await calls(cluster).enableAuth({ root: 'secret', app: 'other' });
    const kv = await open(cluster, root);
    await kv.put('a', 'b');
    await cluster.kill();
    cluster.start();
    // A read is repeated until the server is back; a write would have an unknown outcome.
    expect((await kv.get('a')).key).toBe('a');
    await kv.put('a', 'd');
  }, 40_000);

  test('[Q28] an expired token of etcd is replaced, for writes as well', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cluster = await start({
      files: {
        'token.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        'token.key': privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      },
      flags: (path) => ({
        'auth-token': `jwt,pub-key=${path('token.pub')},priv-key=${path('token.key')},sign-method=RS256,ttl=2s`,
      }),
    });
    const raw = calls(cluster);
    await raw.enableAuth({ root: 'secret', app: 'other' });
    const kv = await open(cluster, root);
    await kv.put('a', '1');
    // This token is younger than the store's token: when it has expired, the other one has expired, too.
    const token = await raw.token('root', 'secret');
    const read = new MessageWriter().bytes(1, Buffer.from('a')).finish();
    await raw.call('KV/Range', read, token);
    const isRefused = (): Promise<boolean> =>
      raw.call('KV/Range', read, token).then(
        () => false,
        () => true,
      );
    while (!(await isRefused())) continue;
    await kv.put('a', '2');
    expect(Buffer.from((await kv.get('a')).value).toString()).toBe('2');
  }, 40_000);

  test('[Q69] watches on etcd begin and go on when the token of their stream has expired', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cluster = await start({
      files: {
        'token.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        'token.key': privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      },
      flags: (path) => ({
        'auth-token': `jwt,pub-key=${path('token.pub')},priv-key=${path('token.key')},sign-method=RS256,ttl=2s`,
      }),
    });
    await calls(cluster).enableAuth({ root: 'secret', app: 'other' });
    const kv = await open(cluster, { user: 'app', password: 'other', prefix: 'app' });
    await kv.put('a', '1');
    const early = kv.watch('a');
    await early.next();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    // The stream of the first watch is there; its token is not good for another watch any more.
    const began = performance.now();
    const late = kv.watch('a');
    await late.next();
    const { lastIndex } = await kv.put('a', '2');
    for (const watcher of [early, late]) expect((await watcher.next()).value?.pair?.lastIndex).toBe(lastIndex);
    // The refusal is understood at once, and not waited for.
    expect(performance.now() - began).toBeLessThan(4000);
  }, 40_000);
});

test('[Q28] etcd refuses a user without a password, and a password without a user', async () => {
  for (const half of [{ password: 'x' }, { user: 'x' }]) {
    await expect(createStore('etcd', ['http://localhost:1'], half)).rejects.toMatchObject({
      code: 'ERR_KV_INVALID_ARGUMENT',
    });
  }
});
