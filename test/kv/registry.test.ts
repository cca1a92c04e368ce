import { expect, test } from '@jest/globals';
import { createStore, registerBackend } from 'swarmstate/kv';
import { etcd } from 'swarmstate/kv/etcd';
import { lmdb } from 'swarmstate/kv/lmdb';
import { memory } from 'swarmstate/kv/memory';
import { loadClient } from '../../src/kv/backend/load-client.ts';

test('[Q18] createStore refuses an unknown backend and names the known ones', async () => {
  await expect(createStore('redis')).rejects.toMatchObject({
    code: 'ERR_KV_BACKEND_NOT_SUPPORTED',
    message: expect.stringContaining('etcd, lmdb, memory') as unknown,
  });
});

test('[Q18] createStore opens a registered backend with the given endpoints and options', async () => {
  const given: unknown[] = [];
  registerBackend({ ...memory, name: 'mine', open: (...args) => (given.push(args), memory.open([], {})) });
  const kv = await createStore('mine', ['here'], { much: true });
  expect(kv.backend).toBe('mine');
  expect(given).toEqual([[['here'], { much: true }]]);
  await kv.put('a', 'b');
  await kv.close();
});

test('[Q18] createStore refuses invalid endpoints and options of every backend', async () => {
  expect([etcd.name, lmdb.name, memory.name]).toEqual(['etcd', 'lmdb', 'memory']);
  for (const opening of [
    createStore('etcd'),
    createStore('etcd', ['nonsense']),
    createStore('etcd', ['http://localhost:1'], { timeoutMs: 0 }),
    createStore('lmdb'),
    createStore('lmdb', ['a', 'b']),
    createStore('lmdb', ['a'], { pollMs: 0 }),
    createStore('lmdb', 'a' as never),
    createStore('lmdb', [5 as never]),
    createStore('memory', [], null as never),
  ]) {
    await expect(opening).rejects.toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT' });
  }
});

test('[Q58] createStore refuses an option that the backend does not have, and names those that there are', async () => {
  for (const [backend, endpoints, option, known] of [
    ['memory', [], 'pollMs', 'history'],
    ['lmdb', ['a'], 'pollMS', 'pollMs'],
  ] as const) {
    await expect(createStore(backend, endpoints, { [option]: 5 })).rejects.toMatchObject({
      code: 'ERR_KV_INVALID_ARGUMENT',
      argument: option,
      message: expect.stringContaining(`there is no option '${option}'; there are ${known}`) as unknown,
    });
  }
});

test('[Q19] loadClient names the package that is not installed, or says why it cannot be loaded', async () => {
  const load = (error: Error): Promise<unknown> => loadClient('zk', 'no-such-client', () => Promise.reject(error));
  const absent = Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(load(absent)).rejects.toMatchObject({
    code: 'ERR_KV_CLIENT_MISSING',
    message: 'the backend zk needs the package no-such-client: npm install no-such-client [ERR_KV_CLIENT_MISSING]',
    cause: absent,
  });
  await expect(load(new Error('wrong ELF class'))).rejects.toMatchObject({
    code: 'ERR_KV_CLIENT_MISSING',
    message: expect.stringContaining('wrong ELF class') as unknown,
  });
});
