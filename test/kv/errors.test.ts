import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { KvError, createStore, isKvError } from 'swarmstate/kv';
import type { KvErrorCode, KvErrorData, KvStore } from 'swarmstate/kv';

/** The error of that code that a call throws or rejects with. */
async function errorOf<C extends KvErrorCode>(code: C, call: () => unknown): Promise<KvError<C>> {
  try {
    await call();
  } catch (error) {
    if (isKvError(error, code)) return error;
    throw error;
  }
  throw new Error(`the call did not fail with ${code}`);
}

test('[Q20] isKvError recognises an error by its shape and code', () => {
  const error = new KvError('ERR_KV_KEY_EXISTS', 'there', { key: 'a' });
  expect(isKvError(error)).toBe(true);
  expect(isKvError(error, 'ERR_KV_KEY_EXISTS')).toBe(true);
  expect(isKvError(error, 'ERR_KV_KEY_MODIFIED')).toBe(false);
  expect(isKvError(new Error('there'))).toBe(false);
  expect(
    isKvError(Object.assign(new Error('there'), { name: 'KvError', code: 'ERR_KV_CLOSED' }), 'ERR_KV_CLOSED'),
  ).toBe(true);
  expect(error.key).toBe('a');
});

test('[Q20] a KvError is an Error whose message ends with its code, and keeps its cause', () => {
  const cause = new Error('the disk is full');
  const error = new KvError('ERR_KV_REFUSED', 'mine could not write', { backend: 'mine' }, { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(KvError);
  expect([error.name, error.code, error.message, error.cause, error.backend, error.key]).toEqual([
    'KvError',
    'ERR_KV_REFUSED',
    'mine could not write [ERR_KV_REFUSED]',
    cause,
    'mine',
    undefined,
  ]);
  expect(String(error)).toBe('KvError: mine could not write [ERR_KV_REFUSED]');
});

const calls: readonly (readonly [KvErrorCode, object, (kv: KvStore) => unknown])[] = [
  [
    'ERR_KV_BACKEND_NOT_SUPPORTED',
    { backend: 'redis', known: ['consul', 'etcd', 'lmdb', 'memory', 'zookeeper'] },
    () => createStore('redis'),
  ],
  ['ERR_KV_CANNOT_LOCK', { key: 'a' }, async (kv) => (await kv.newLock('a')).unlock()],
  ['ERR_KV_NOT_REACHABLE', { backend: 'lmdb' }, () => createStore('lmdb', [join(__filename, 'folder')])],
  ['ERR_KV_KEY_MODIFIED', { key: 'a' }, (kv) => kv.atomicPut('a', 'x', { lastIndex: 7n })],
  ['ERR_KV_KEY_NOT_FOUND', { key: 'a' }, (kv) => kv.get('a')],
  ['ERR_KV_KEY_NOT_FOUND', { key: 'a/' }, (kv) => kv.list('a')],
  ['ERR_KV_KEY_EXISTS', { key: 'there' }, (kv) => kv.atomicPut('there', 'x', undefined)],
  ['ERR_KV_INVALID_KEY', { key: 'a//b' }, (kv) => kv.get('a//b')],
  ['ERR_KV_INVALID_ARGUMENT', { argument: 'ttl', key: 'a' }, (kv) => kv.put('a', 'x', { ttl: 0 })],
  ['ERR_KV_INVALID_ARGUMENT', { argument: 'endpoints' }, () => createStore('etcd', ['nonsense'])],
  ['ERR_KV_INVALID_ARGUMENT', { argument: 'timeoutMs' }, () => createStore('etcd', ['http://a:1'], { timeoutMs: 0 })],
  [
    'ERR_KV_VALUE_TOO_LARGE',
    { key: 'a', bytes: 16 * 1024 * 1024 + 1, limit: 16 * 1024 * 1024 },
    (kv) => kv.put('a', new Uint8Array(kv.maxValueBytes + 1)),
  ],
  ['ERR_KV_CLOSED', { backend: 'memory' }, (kv) => kv.close().then(() => kv.get('a'))],
];

test.each(calls)('[Q38] an error %s has the data %j', async (code, data, call) => {
  const kv = await createStore('memory');
  await kv.put('there', 'x');
  const error = await errorOf(code, () => call(kv));
  expect({ ...error }).toEqual({ code, ...data });
  await kv.close();
});

test('[Q38] isKvError with a code gives the data of that code its type, and no other data', () => {
  const error: unknown = new KvError('ERR_KV_VALUE_TOO_LARGE', 'too large', { key: 'a', bytes: 9, limit: 8 });
  expect.assertions(4);
  if (isKvError(error, 'ERR_KV_VALUE_TOO_LARGE')) {
    const { key, bytes, limit }: { key: string; bytes: number; limit: number } = error;
    expect([key, bytes, limit]).toEqual(['a', 9, 8]);
    // @ts-expect-error -- data of another code
    expect(error.backend).toBeUndefined();
  }
  if (isKvError(error)) {
    // Every error may have a key; other data only after its code is known.
    const key: string | undefined = error.key;
    expect(key).toBe('a');
    // @ts-expect-error -- not every code has a limit
    expect(error.limit).toBe(8);
    if (error.code === 'ERR_KV_INVALID_ARGUMENT') error.argument.slice();
  }
});

test('[Q38] an error is made with the data of its code only', () => {
  // @ts-expect-error -- no such code
  new KvError('ERR_KV_UNHEARD_OF', 'x', {});
  // @ts-expect-error -- the data is missing
  new KvError('ERR_KV_REFUSED', 'x');
  // @ts-expect-error -- a limit is needed
  new KvError('ERR_KV_VALUE_TOO_LARGE', 'x', { key: 'a', bytes: 1 });
  // @ts-expect-error -- data of another code
  new KvError('ERR_KV_REFUSED', 'x', { backend: 'mine', limit: 1 });
  // @ts-expect-error -- a cause is an option, not data
  new KvError('ERR_KV_REFUSED', 'x', { backend: 'mine', cause: 1 });
  const data: KvErrorData['ERR_KV_CLIENT_MISSING'] = { backend: 'mine', packageName: 'my-client' };
  expect(new KvError('ERR_KV_CLIENT_MISSING', 'x', data)).toMatchObject(data);
});
