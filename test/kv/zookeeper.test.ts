import { afterAll, beforeAll } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ZookeeperServer } from '../../scripts/engines/zookeeper-server.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { testContract } from './contract.ts';

describeWithZookeeper((program) => {
  let server: ZookeeperServer;
  beforeAll(async () => {
    server = await ZookeeperServer.start(program, [], { synced: false });
  }, 30_000);
  afterAll(() => server.stop());

  testContract('zookeeper', () => createStore('zookeeper', [server.endpoint], { prefix: 'a/contract' }));
});
