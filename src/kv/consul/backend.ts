import { KvError } from '../../errors/kv-error.ts';
import { loadClient } from '../backend/load-client.ts';
import { ConsulConnection } from './connection/connection.ts';
import { checkedOptions } from './connection/options.ts';
import { ConsulDriver } from './driver.ts';
import type { KvBackend } from '../backend/driver.ts';
import type { ConsulOptions } from './connection/options.ts';

/**
 * Stores on servers of Consul 1.8 or later: `createStore('consul', ['http://10.0.0.1:8500'], options)`. Needs the
 * package `undici`.
 */
export const consul: KvBackend = {
  name: 'consul',
  async open(endpoints: readonly string[], options: ConsulOptions, mode) {
    if (endpoints.length === 0) {
      const message = 'consul needs the address of at least one server or agent: http://host:port';
      throw new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument: 'endpoints' });
    }
    const checked = checkedOptions(options);
    const undici = await loadClient('consul', 'undici', () => import('undici'));
    return new ConsulDriver(new ConsulConnection(undici, endpoints, checked), checked, mode?.readOnly === true);
  },
};
