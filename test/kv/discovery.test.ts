import { expect, test } from '@jest/globals';
import { createStore, discover, register } from 'swarmstate/kv';
import type { KvPair } from 'swarmstate/kv';

const names = (pairs: readonly KvPair[]): string => pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`).join();

test('[Q24] discover lists who is registered, until unregistered', async () => {
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

test('[Q24] an entry stays listed while it is renewed, without a listing for a renewal, and goes when renewal stops', async () => {
  const kv = await createStore('memory');
  const registration = await register(kv, 'machines', 'one', 'x', { ttl: 30 });
  const written = await kv.get('machines/one');
  // Several times the ttl; a marker that expires tells when, no clock is read.
  await kv.put('marker', 'x', { ttl: 150 });
  const marker = kv.watch('marker');
  await marker.next();
  expect((await marker.next()).value).toEqual({ type: 'delete', key: 'marker' });
  expect((await kv.get('machines/one')).lastIndex).toBe(written.lastIndex);
  const listings = discover(kv, 'machines');
  await listings.next();
  expect(registration.lost.aborted).toBe(false);
  // Somebody else takes the id: its entry is left alone.
  await kv.put('machines/one', 'taken');
  await registration.unregister();
  expect(names((await listings.next()).value!)).toBe('machines/one=taken');
  await kv.close();
});

test('[Q25] put with keepAlive renews until the key is written again', async () => {
  const kv = await createStore('memory');
  const pair = await kv.put('kept', 'x', { ttl: 30, keepAlive: true });
  await kv.put('marker', 'x', { ttl: 150 });
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
