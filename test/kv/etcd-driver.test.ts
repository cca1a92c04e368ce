import { expect, test } from '@jest/globals';
import { EtcdDriver } from '../../src/kv/etcd/driver.ts';
import { MessageReader, MessageWriter } from '../support/message-bytes.ts';
import type { RpcMethod, Sparse } from '../../src/base/protobuf/service-messages.ts';
import type { EtcdConnection } from '../../src/kv/etcd/connection.ts';

test('[Q10] a ttl on etcd is rounded up to whole seconds', async () => {
  const seconds: bigint[] = [];
  const connection = {
    call: async <Q, R>({ path, requestSerialize, responseDeserialize }: RpcMethod<Q, R>, request: Sparse<Q>) => {
      if (path.endsWith('LeaseGrant')) seconds.push(new MessageReader(requestSerialize(request)).integer(1));
      return responseDeserialize(new MessageWriter().integer(2, 1n).finish());
    },
  };
  const driver = new EtcdDriver(connection as unknown as EtcdConnection, {});
  for (const ttl of [1, 1000, 2001, 2999, 3000]) {
    await driver.commit([], [{ type: 'put', key: 'a', value: new Uint8Array(), ttl }], { signal: undefined });
  }
  expect(seconds).toEqual([1n, 1n, 3n, 3n, 3n]);
});
