import { createStore } from 'swarmstate/kv';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { runningServer } from '../support/running-server.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { testContract } from './contract.ts';

describeWithZookeeper((program) => {
  const server = runningServer(() => ZookeeperCluster.start(program, { synced: false }));

  testContract('zookeeper', () => createStore('zookeeper', [server().endpoint], { prefix: 'a/contract' }));
});
