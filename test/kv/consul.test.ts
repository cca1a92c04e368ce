import { afterAll, beforeAll } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ConsulServer } from '../../scripts/engines/consul-server.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { testContract } from './contract.ts';

describeWithConsul((program) => {
  let server: ConsulServer;
  beforeAll(async () => {
    server = await ConsulServer.start(program);
  }, 30_000);
  afterAll(() => server.stop());

  testContract('consul', () => createStore('consul', [server.endpoint]));
});
