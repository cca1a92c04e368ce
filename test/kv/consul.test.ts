import { createStore } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { runningServer } from '../support/running-server.ts';
import { testContract } from './contract.ts';

describeWithConsul((program) => {
  const server = runningServer(() => ConsulCluster.start(program));

  testContract('consul', () => createStore('consul', [server().endpoint]));
});
