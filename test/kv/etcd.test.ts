import { createStore } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { runningServer } from '../support/running-server.ts';
import { testContract } from './contract.ts';

describeWithEtcd((program) => {
  const cluster = runningServer(() => EtcdCluster.start(program));

  testContract('etcd', () => createStore('etcd', cluster().endpoints));
});
