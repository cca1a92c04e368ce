import { expect, test } from '@jest/globals';
import { KvError, createStore, discover, register, registerBackend } from 'swarmstate/kv';
import { MemoryDriver } from '../../src/kv/memory/driver.ts';
import type { KvErrorCode, KvPair, KvStore } from 'swarmstate/kv';

const names = (pairs: readonly KvPair[]): string =>
  pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`).join();

test('[Q24] discover lists registered machines until they unregister', async () => {
  const kv = await createStore('memory');
  const listings = discover(kv, 'machines');
  expect(names((await listings.next()).value!)).toBe('');
  const one = await register(kv, 'machines', 'one', '10.0.0.1', { ttl: 60_000 });
  expect(one.key).toBe('machines/one');
  expect(names((await listings.next()).value!)).toBe('machines/one=10.0.0.1');
  const two = await register(kv, 'machines', 'two', '10.0.0.2', { ttl: 60_000 });
  expect(names((await listings.next()).value!)).toBe('machines/one=10.0.0.1,machines/two=10.0.0.2');
  await one.unregister();
  await one.unregister();
  expect(names((await listings.next()).value!)).toBe('machines/two=10.0.0.2');
  await two.unregister();
  await kv.close();
});

test('[Q24] a renewed entry stays listed, and is lost when another machine takes its id', async () => {
  const kv = await createStore('memory');
  const registration = await register(kv, 'machines', 'one', 'x', { ttl: 300 });
  const written = await kv.get('machines/one');
  // Waits for several ttls: until a marker expires, so that no clock is read.
  await kv.put('marker', 'x', { ttl: 700 });
  const marker = kv.watch('marker');
  await marker.next();
  expect((await marker.next()).value).toEqual({ type: 'delete', key: 'marker' });
  expect((await kv.get('machines/one')).lastIndex).toBe(written.lastIndex);
  const listings = discover(kv, 'machines');
  await listings.next();
  expect(registration.lost.aborted).toBe(false);
  // Another machine takes the id: its entry must stay.
  const lost = new Promise((resolve) => registration.lost.addEventListener('abort', resolve));
  await kv.put('machines/one', 'taken');
  await lost;
  expect(registration.lost.reason).toMatchObject({ code: 'ERR_KV_KEY_MODIFIED', key: 'machines/one' });
  await registration.unregister();
  expect(names((await listings.next()).value!)).toBe('machines/one=taken');
  await kv.close();
});

/** A store in memory that can fail. `fail` sets the code of later failures, and whether failed writes still happen. */
async function failing(): Promise<{
  readonly kv: KvStore;
  readonly fail: (code?: KvErrorCode, happens?: boolean) => void;
}> {
  let failure: { readonly error: KvError; readonly happens: boolean } | undefined;
  const driver = new MemoryDriver();
  const broken = <T>(call: () => Promise<T>): Promise<T> => {
    if (failure === undefined) return call();
    const { error, happens } = failure;
    return (happens ? call() : Promise.resolve()).then(() => Promise.reject(error));
  };
  const wrapped = new Proxy(driver, {
    get(_, name: keyof MemoryDriver) {
      const part: unknown = driver[name];
      if (typeof part !== 'function') return part;
      const call = (...given: unknown[]): unknown => part.apply(driver, given) as unknown;
      const fails = name === 'commit' || (failure?.happens !== true && (name === 'get' || name === 'renew'));
      return fails ? (...given: unknown[]) => broken(() => call(...given) as Promise<unknown>) : call;
    },
  });
  registerBackend({ name: 'failing', open: () => Promise.resolve(wrapped) });
  return {
    kv: await createStore('failing'),
    fail: (code, happens = false) => {
      failure =
        code === undefined ? undefined : { error: new KvError(code, 'planned', { backend: 'failing' }), happens };
    },
  };
}

test('[Q24] an entry that expired while the store was not reachable is written again', async () => {
  const { kv, fail } = await failing();
  const registration = await register(kv, 'machines', 'one', 'x', { ttl: 150 });
  const listings = discover(kv, 'machines');
  expect(names((await listings.next()).value!)).toBe('machines/one=x');
  fail('ERR_KV_NOT_REACHABLE');
  expect(names((await listings.next()).value!)).toBe('');
  fail();
  expect(names((await listings.next()).value!)).toBe('machines/one=x');
  // Its own write whose answer was lost must not be taken for another machine's.
  fail('ERR_KV_NOT_REACHABLE');
  expect(names((await listings.next()).value!)).toBe('');
  fail('ERR_KV_OUTCOME_UNKNOWN', true);
  expect(names((await listings.next()).value!)).toBe('machines/one=x');
  fail();
  await kv.put('marker', 'x', { ttl: 400 });
  const marker = kv.watch('marker');
  await marker.next();
  await marker.next();
  expect(registration.lost.aborted).toBe(false);
  await registration.unregister();
  expect(await kv.exists('machines/one')).toBe(false);
  await kv.close();
});

test('[Q24] after a write in doubt another machine with the same id keeps its entry', async () => {
  const { kv, fail } = await failing();
  const registration = await register(kv, 'machines', 'one', 'mine', { ttl: 150 });
  const listings = discover(kv, 'machines');
  await listings.next();
  fail('ERR_KV_NOT_REACHABLE');
  expect(names((await listings.next()).value!)).toBe('');
  const lost = new Promise((resolve) => registration.lost.addEventListener('abort', resolve));
  // The entry is written again, the answer is lost, and the entry expires.
  fail('ERR_KV_OUTCOME_UNKNOWN', true);
  expect(names((await listings.next()).value!)).toBe('machines/one=mine');
  fail('ERR_KV_NOT_REACHABLE');
  await new Promise((resolve) => setTimeout(resolve, 200));
  // Another machine is listed under the id.
  fail();
  const theirs = await kv.put('machines/one', 'theirs', { ttl: 60_000 });
  await lost;
  expect(registration.lost.reason).toMatchObject({ code: 'ERR_KV_KEY_MODIFIED', key: 'machines/one' });
  await registration.unregister();
  expect(await kv.get('machines/one')).toEqual(theirs);
  await kv.close();
});

test('[Q58] register, unregister and discover refuse options that they do not have, and do nothing', async () => {
  const kv = await createStore('memory');
  const wrong = { argument: 'ttlMs', code: 'ERR_KV_INVALID_ARGUMENT' };
  const given = { ttl: 60_000, ttlMs: 5 };
  await expect(register(kv, 'machines', 'one', 'x', given)).rejects.toMatchObject(wrong);
  await expect(register(kv, 'machines', 'one', 'x', {} as never)).rejects.toMatchObject({ argument: 'ttl' });
  await expect(register(kv, 'machines', 'one', 'x', undefined as never)).rejects.toMatchObject({ argument: 'options' });
  expect(await kv.exists('machines/one')).toBe(false);
  expect(() => discover(kv, 'machines', given as object)).toThrow('ttl');
  const registration = await register(kv, 'machines', 'one', 'x', { ttl: 60_000 });
  await expect(registration.unregister({ ttlMs: 5 } as object)).rejects.toMatchObject(wrong);
  expect(await kv.exists('machines/one')).toBe(true);
  await kv.close();
});

test('[Q24] a registration is lost when the store refuses it; an empty id is refused', async () => {
  const { kv, fail } = await failing();
  await expect(register(kv, 'machines', '', 'x', { ttl: 60 })).rejects.toMatchObject({ code: 'ERR_KV_INVALID_KEY' });
  const registration = await register(kv, 'machines', 'one', 'x', { ttl: 60 });
  fail('ERR_KV_NOT_PERMITTED');
  await new Promise((resolve) => registration.lost.addEventListener('abort', resolve));
  expect(registration.lost.reason).toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
  await kv.close();
});

test('[Q12] close stops the renewals of a store, and their keys do not count as lost', async () => {
  let renewals = 0;
  const driver = new MemoryDriver();
  const renew = driver.renew.bind(driver);
  driver.renew = (key, lastIndex) => (renewals++, renew(key, lastIndex));
  registerBackend({ name: 'counting', open: () => Promise.resolve(driver) });
  const kv = await createStore('counting');
  const kept = kv.keepAlive(await kv.put('kept', 'x', { ttl: 300 }), { ttl: 300 });
  await kv.put('also', 'x', { ttl: 300, keepAlive: true });
  await kv.close();
  const before = renewals;
  const other = await createStore('memory');
  await other.put('marker', 'x', { ttl: 400 });
  const marker = other.watch('marker');
  await marker.next();
  await marker.next();
  expect(renewals).toBe(before);
  expect(kept.lost.aborted).toBe(false);
  await other.close();
});

test('[Q25] put with keepAlive renews the ttl until the key is written again', async () => {
  const kv = await createStore('memory');
  const pair = await kv.put('kept', 'x', { ttl: 300, keepAlive: true });
  await kv.put('marker', 'x', { ttl: 700 });
  const marker = kv.watch('marker');
  await marker.next();
  await marker.next();
  expect((await kv.get('kept')).lastIndex).toBe(pair.lastIndex);
  await kv.put('kept', 'y', { ttl: 30 });
  const kept = kv.watch('kept');
  await kept.next();
  expect((await kept.next()).value).toEqual({ type: 'delete', key: 'kept' });
  await kv.close();
});
