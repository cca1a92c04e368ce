import * as grpc from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { MessageWriter } from '../../src/kv/etcd/message-bytes.ts';
import { EtcdCluster, etcdProgram, withoutEtcd } from '../support/etcd-server.ts';

const program = etcdProgram();

/** Calls of etcd's Auth service that the package itself has no use for. */
async function enableAuth(endpoint: string): Promise<void> {
  const client = new grpc.Client(endpoint.replace('http://', ''), grpc.credentials.createInsecure());
  const call = (method: string, request: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const same = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest(`/etcdserverpb.Auth/${method}`, same, same, request, (error) => (error === null ? resolve() : reject(error)));
    });
  await call('UserAdd', new MessageWriter().text(1, 'root').text(2, 'secret').finish());
  await call('RoleAdd', new MessageWriter().text(1, 'root').finish());
  await call('UserGrantRole', new MessageWriter().text(1, 'root').text(2, 'root').finish());
  await call('AuthEnable', Buffer.alloc(0));
  client.close();
}

if (program === undefined) {
  withoutEtcd();
  test('[Q28] half of a credential is no credential, also without etcd', async () => {
    await expect(createStore('etcd', ['http://localhost:1'], { password: 'x' })).rejects.toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT' });
  });
} else {
  test('[Q28] user and password open a server, anything else is not permitted, and a token that is lost is renewed', async () => {
    const cluster = await EtcdCluster.start(program);
    const opened: KvStore[] = [];
    const open = async (options: object): Promise<KvStore> => {
      const kv = await createStore('etcd', cluster.endpoints, options);
      opened.push(kv);
      return kv;
    };
    try {
      await enableAuth(cluster.endpoints[0]!);
      const known = await open({ user: 'root', password: 'secret' });
      await known.put('a', 'b');
      const watcher = known.watch('a');
      expect((await watcher.next()).done).toBe(false);
      const wrong = await open({ user: 'root', password: 'guessed' });
      await expect(wrong.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
      await expect(wrong.put('a', 'c')).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
      const nobody = await open({});
      await expect(nobody.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
      await expect(nobody.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
      // Tokens do not outlive the server.
      await cluster.kill();
      cluster.start();
      // A read is asked again until the server is back; a write would be told to be in doubt.
      expect((await known.get('a')).key).toBe('a');
      await known.put('a', 'd');
    } finally {
      await Promise.all(opened.map((kv) => kv.close()));
      await cluster.stop();
    }
  }, 40_000);
}
