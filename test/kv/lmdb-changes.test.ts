import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvChange } from 'swarmstate/kv';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const short = ({ key, pair, revision }: KvChange): string =>
  `${revision} ${key}=${pair === undefined ? '' : Buffer.from(pair.value).toString()}`;

async function take(changes: AsyncIterator<KvChange>, count: number): Promise<string[]> {
  const told: string[] = [];
  while (told.length < count) told.push(short((await changes.next()).value as KvChange));
  return told;
}

test('[Q98] the changes of lmdb are there after opening a folder again, old values and deletes included', async () => {
  const path = join(folder, 'again');
  const first = await createStore('lmdb', [path]);
  for (const value of ['1', '2', '3']) await first.put('a', value);
  const kept = await first.put('b', '4', { ttl: 60_000 });
  first.keepAlive(kept, { ttl: 60_000 }).stop();
  await first.delete('a');
  await first.put('a', '6');
  await first.close();
  const second = await createStore('lmdb', [path]);
  expect(await take(second.changes('', { from: 0n }), 6)).toEqual([
    '1 a=1',
    '2 a=2',
    '3 a=3',
    '4 b=4',
    '5 a=',
    '6 a=6',
  ]);
  expect(await take(second.changes('', { from: 4n }), 2)).toEqual(['5 a=', '6 a=6']);
  await second.close();
});

test('[Q98] lmdb keeps the changes of as many writes as its option says, and says which ones', async () => {
  const kv = await createStore('lmdb', [join(folder, 'bounded')], { history: 100 });
  const slow = kv.changes('', { from: 0n });
  await slow.started;
  for (let number = 0; number < 500; number++) await kv.put(`k/${number % 3}`, String(number));
  await expect(slow.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', backend: 'lmdb' });
  expect(await slow.next()).toEqual({ done: true, value: undefined });
  const gone = kv.changes('', { from: 1n });
  const error = (await gone.next().catch((reason: unknown) => reason)) as { readonly oldest: bigint };
  expect(error.oldest).toBeGreaterThanOrEqual(500n - 113n);
  expect(error.oldest).toBeLessThanOrEqual(400n);
  const rest = await take(kv.changes('', { from: error.oldest }), Number(500n - error.oldest));
  expect(rest.at(-1)).toBe('500 k/1=499');
  // A stream whose own keys rest is not overtaken.
  const idle = kv.changes('other');
  await idle.started;
  for (let number = 0; number < 300; number++) await kv.put('k/0', 'x');
  await kv.put('other/a', 'y');
  expect(await take(idle, 1)).toEqual(['801 other/a=y']);
  await kv.close();
});

test('[Q98] a large value on lmdb is told until it is written over; then the changes up to it are gone', async () => {
  const kv = await createStore('lmdb', [join(folder, 'large')]);
  await kv.put('small', 'x');
  await kv.put('large', new Uint8Array(100_000));
  await kv.put('after', 'x');
  const changes = kv.changes('', { from: 0n });
  expect((await changes.next()).value?.key).toBe('small');
  expect((await changes.next()).value?.pair?.value).toHaveLength(100_000);
  await kv.delete('large');
  expect(await take(changes, 2)).toEqual(['3 after=x', '4 large=']);
  expect(await take(kv.changes('', { from: 2n }), 2)).toEqual(['3 after=x', '4 large=']);
  await expect(kv.changes('', { from: 1n }).next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest: 2n });
  await kv.close();
});
