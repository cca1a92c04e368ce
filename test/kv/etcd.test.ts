import { afterAll, beforeAll } from '@jest/globals';
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

  testContract('etcd', () => createStore('etcd', cluster.endpoints));
});
