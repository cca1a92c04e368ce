import { afterAll, beforeAll } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { testContract } from './contract.ts';

describeWithConsul((program) => {
  let server: ConsulCluster;
  beforeAll(async () => {
    server = await ConsulCluster.start(program);
  }, 30_000);
  afterAll(() => server.stop());

  testContract('consul', () => createStore('consul', [server.endpoint]));
});
