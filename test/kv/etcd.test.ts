import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { testContract } from './contract.ts';

describeWithEtcd((program) => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await EtcdCluster.start(program);
  }, 30_000);
  afterAll(() => cluster.stop());

  test('[Q13] calls that etcd does not have yet say so', async () => {
    const kv = await createStore('etcd', cluster.endpoints);
    for (const [operation, call] of [
      ['read', kv.read(['a'])],
      ['pairs', kv.pairs('a').next()],
      ['changes', kv.changes('a').next()],
      ['deleteRange', kv.deleteRange('a', { after: 'a/b' })],
    ] as const) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_KV_CALL_NOT_SUPPORTED', operation });
    }
    await kv.close();
  });

  testContract('etcd', () => createStore('etcd', cluster.endpoints), { notYet: true });
});
