import { KvError } from '../../errors/kv-error.ts';
import { loadClient } from '../backend/load-client.ts';
import { EtcdConnection } from './connection/connection.ts';
import { checkedOptions } from './connection/options.ts';
import { EtcdDriver } from './driver.ts';
import type { KvBackend } from '../backend/driver.ts';
import type { EtcdOptions } from './connection/options.ts';

/**
 * Stores on servers of etcd 3.4 or later: `createStore('etcd', ['http://10.0.0.1:2379'], options)`. Needs the package
 * `@grpc/grpc-js`.
 */
export const etcd: KvBackend = {
  name: 'etcd',
  async open(endpoints: readonly string[], options: EtcdOptions) {
    if (endpoints.length === 0) {
      throw new KvError('ERR_KV_INVALID_ARGUMENT', 'etcd needs the address of at least one server: http://host:port', {
        argument: 'endpoints',
      });
    }
    const checked = checkedOptions(options);
    const grpc = await loadClient('etcd', '@grpc/grpc-js', () => import('@grpc/grpc-js'));
    return new EtcdDriver(new EtcdConnection(grpc, endpoints, checked), checked);
  },
};
