import { afterAll, beforeAll } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { testContract } from './contract.ts';

describeWithZookeeper((program) => {
  let server: ZookeeperCluster;
  beforeAll(async () => {
    server = await ZookeeperCluster.start(program, { synced: false });
  }, 30_000);
  afterAll(() => server.stop());

  testContract('zookeeper', () => createStore('zookeeper', [server.endpoint], { prefix: 'a/contract' }));
});
