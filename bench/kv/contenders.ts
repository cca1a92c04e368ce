import { createStore } from 'swarmstate/kv';
import { peerPackage } from '../contenders/peer-package.ts';

/** One thing to measure; `number` differs from call to call. */
export type Operation = (number: number) => Promise<unknown>;

export const operationNames = ['get', 'list', 'put', 'create', 'transaction'] as const;

export interface Contender {
  readonly name: string;
  readonly operations: Readonly<Record<(typeof operationNames)[number], Operation>>;
  close(): Promise<void>;
}

const value = Buffer.alloc(256, 'x');
const listed = Array.from({ length: 100 }, (_, number) => `list/${number}`);

/** A backend of swarmstate/kv. Keys of a transaction: one that is compared and written, one that is written. */
export async function ours(name: string, backend: string, endpoints: readonly string[]): Promise<Contender> {
  const kv = await createStore(backend, endpoints);
  await kv.put('ours/read', value);
  for (const key of listed) await kv.put(`ours/${key}`, value);
  return {
    name,
    operations: {
      get: () => kv.get('ours/read'),
      list: () => kv.list('ours/list'),
      put: (number) => kv.put(`ours/put/${number % 1000}`, value),
      create: (number) => kv.atomicPut(`ours/new/${number}`, value, undefined),
      transaction: (number) =>
        kv.transaction(
          [{ key: `ours/both/${number}`, exists: false }],
          [
            { type: 'put', key: `ours/both/${number}`, value },
            { type: 'put', key: `ours/last/${number % 1000}`, value },
          ],
        ),
    },
    close: () => kv.close(),
  };
}

interface Etcd3Put {
  value(value: Buffer): Etcd3Put;
  exec(): Promise<unknown>;
}

interface Etcd3Client {
  get(key: string): { buffer(): Promise<Buffer | null> };
  getAll(): { prefix(prefix: string): { buffers(): Promise<Record<string, Buffer>> } };
  put(key: string): Etcd3Put;
  if(
    key: string,
    column: string,
    comparison: string,
    value: number,
  ): { then(...puts: readonly Etcd3Put[]): { commit(): Promise<unknown> } };
  close(): void;
}

/** The package etcd3, with the same keys elsewhere. */
export async function etcd3(endpoints: readonly string[]): Promise<Contender> {
  const { Etcd3 } = peerPackage('etcd3') as { Etcd3: new (options: object) => Etcd3Client };
  const client = new Etcd3({ hosts: [...endpoints] });
  const put = (key: string): Etcd3Put => client.put(`etcd3/${key}`).value(value);
  await put('read').exec();
  for (const key of listed) await put(key).exec();
  return {
    name: 'etcd3 (npm)',
    operations: {
      get: () => client.get('etcd3/read').buffer(),
      list: () => client.getAll().prefix('etcd3/list/').buffers(),
      put: (number) => put(`put/${number % 1000}`).exec(),
      create: (number) =>
        client
          .if(`etcd3/new/${number}`, 'Create', '==', 0)
          .then(put(`new/${number}`))
          .commit(),
      transaction: (number) =>
        client
          .if(`etcd3/both/${number}`, 'Create', '==', 0)
          .then(put(`both/${number}`), put(`last/${number % 1000}`))
          .commit(),
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}
