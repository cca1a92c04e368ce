import { KvError } from '../../errors/kv-error.ts';
import { loadClient } from '../backend/load-client.ts';
import { ZookeeperConnection } from './connection/connection.ts';
import { serverOf } from './connection/endpoint.ts';
import { checkedOptions } from './connection/options.ts';
import { ZookeeperDriver } from './driver.ts';
import type { KvBackend } from '../backend/driver.ts';
import type { ZookeeperOptions } from './connection/options.ts';

/**
 * Stores on servers of ZooKeeper: `createStore('zookeeper', ['10.0.0.1:2181'], options)`. Needs the
 * package `node-zookeeper-client`.
 */
export const zookeeper: KvBackend = {
  name: 'zookeeper',
  async open(endpoints: readonly string[], options: ZookeeperOptions, mode) {
    if (endpoints.length === 0) {
      throw new KvError('ERR_KV_INVALID_ARGUMENT', 'zookeeper needs the address of at least one server: host:port', {
        argument: 'endpoints',
      });
    }
    const servers = endpoints.map(serverOf);
    const checked = checkedOptions(options);
    const library = await loadClient('zookeeper', 'node-zookeeper-client', () => import('node-zookeeper-client'));
    return ZookeeperDriver.open(new ZookeeperConnection(library, servers, checked), checked, mode?.readOnly === true);
  },
};
