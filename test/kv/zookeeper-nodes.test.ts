import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import type { ZookeeperOptions } from 'swarmstate/kv/zookeeper';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { ZookeeperNodes } from '../support/zookeeper-nodes.ts';

const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();
const slot = (number: number): string => String(number).padStart(16, '0');

describeWithZookeeper((program) => {
  let server: ZookeeperCluster;
  let nodes: ZookeeperNodes;
  const opened: KvStore[] = [];

  beforeAll(async () => {
    server = await ZookeeperCluster.start(program, { synced: false });
    nodes = await ZookeeperNodes.open(server.endpoint);
  }, 30_000);
  afterEach(async () => {
    for (const kv of opened.splice(0)) await kv.close();
  });
  afterAll(async () => {
    nodes.close();
    await server.stop();
  });

  async function open(options: ZookeeperOptions & { readonly readOnly?: boolean }): Promise<KvStore> {
    const kv = await createStore('zookeeper', [server.endpoint], options);
    opened.push(kv);
    return kv;
  }

  test('[Q140] short names lie where libkv has them, and a value of its is read', async () => {
    const kv = await open({ prefix: 'libkv/app' });
    await kv.put('web/port', '80');
    expect(await nodes.data('/libkv/app/web/port')).toBe('80');
    await nodes.create([['/libkv/app/web/host', 'a.example']]);
    expect((await kv.list('web')).map(({ key, value }) => `${key}=${text(value)}`)).toEqual([
      'web/host=a.example',
      'web/port=80',
    ]);
    await kv.put('web/host', '');
    expect(text((await kv.get('web/host')).value)).toBe('');
    // Nodes that no store makes are no keys.
    await nodes.create([
      ['/libkv/app/%41', 'not in normal form'],
      ['/libkv/app/a-name-that-is-longer-than-sixteen', 'not in its part'],
      ['/libkv/app/empty', ''],
    ]);
    expect((await kv.list('')).map(({ key }) => key)).toEqual(['web/host', 'web/port']);
    await expect(kv.get('empty')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  });

  test('[Q140] a store without a prefix leaves the nodes of the server alone', async () => {
    const kv = await open({});
    await kv.put('zookeeper/quota', 'x');
    expect((await kv.list('zookeeper')).map(({ key }) => key)).toEqual(['zookeeper/quota']);
    expect(await nodes.data('/%7Aookeeper/quota')).toBe('x');
    await kv.deleteTree('zookeeper');
    expect(await nodes.children('/zookeeper')).toEqual(expect.arrayContaining(['quota']));
  });

  test('[Q141] the listings of a long log and of many ids are small, and ranges are read alone', async () => {
    const kv = await open({ prefix: 'large' });
    await kv.put(`log/${slot(0)}`, 'x');
    await kv.put(`log/${slot(11_999)}`, 'x');
    const parts = new Set<string>();
    for (let thousand = 0; thousand < 12; thousand++) {
      const part = `/large/log/%=0000000000/%=${String(thousand).padStart(3, '0')}`;
      const created: [string, string][] = thousand === 0 || thousand === 11 ? [] : [[part, '']];
      for (let last = 0; last < 1000; last++) {
        const number = thousand * 1000 + last;
        if (number !== 0 && number !== 11_999) created.push([`${part}/${String(last).padStart(3, '0')}`, 'x']);
      }
      await nodes.create(created);
      parts.add(part);
    }
    expect((await nodes.children('/large/log/%=0000000000')).length).toBe(12);
    for (const part of parts) expect((await nodes.children(part)).length).toBe(1000);
    const range = await kv.list('log', { after: `log/${slot(9_998)}`, before: `log/${slot(10_002)}` });
    expect(range.map(({ key }) => key)).toEqual([9_999, 10_000, 10_001].map((number) => `log/${slot(number)}`));
    const [newest] = await kv.list('log', { limit: 1, reverse: true, keysOnly: true });
    expect(newest?.key).toBe(`log/${slot(11_999)}`);
    expect((await kv.list('log', { keysOnly: true })).length).toBe(12_000);
    // One step for so many keys is more than a packet.
    await expect(kv.deleteTree('log')).rejects.toMatchObject({ code: 'ERR_KV_REFUSED' });
    expect(await kv.deleteRange('log', { before: `log/${slot(5_000)}` })).toBe(5_000);
    for (let number = 0; number < 100; number++) await kv.put(`ids/id-of-a-thing-${number}x`, 'x');
    expect((await nodes.children('/large/ids')).length).toBeLessThanOrEqual(256);
    expect((await kv.list('ids')).length).toBe(100);
  }, 60_000);

  test('[Q142] a deleted key leaves no node behind', async () => {
    const kv = await open({ prefix: 'pruned' });
    await kv.put('a/b/c', 'x');
    await kv.put('a/b', 'x');
    await kv.put('log/0000000000000001', 'x', { ttl: 60_000 });
    await kv.delete('a/b');
    expect(text((await kv.get('a/b/c')).value)).toBe('x');
    await kv.deleteTree('');
    await expect(kv.list('')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    let left = await nodes.children('/pruned');
    while (left.length > 3) left = await nodes.children('/pruned');
    expect([...left].sort()).toEqual(['%head', '%log', '%ttl']);
  });

  test('[Q143] changes goes back over as many writes as `history` says, in every process', async () => {
    const kv = await open({ prefix: 'history', history: 5 });
    const written: bigint[] = [];
    for (let number = 0; number < 12; number++) written.push((await kv.put('x', String(number))).lastIndex);
    const other = await open({ prefix: 'history', readOnly: true });
    const told: string[] = [];
    for await (const { pair } of other.changes('', { from: written[6] as bigint })) {
      if (told.push(text(pair?.value)) === 5) break;
    }
    expect(told).toEqual(['7', '8', '9', '10', '11']);
    const gone = other.changes('', { from: written[5] as bigint });
    await expect(gone.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest: (written[7] as bigint) - 1n });
    expect((await nodes.children('/history/%log/0')).length).toBe(5);
  });

  test('[Q143] a value of more than 8 KiB is told until it is written over', async () => {
    const kv = await open({ prefix: 'values' });
    const { revision: from } = await kv.read([]);
    const large = 'x'.repeat(10_000);
    const first = await kv.put('large', large);
    const next = async (): Promise<unknown> => {
      const changes = kv.changes('', { from });
      try {
        return (await changes.next()).value;
      } finally {
        changes.close();
      }
    };
    expect(await next()).toEqual({ type: 'put', key: 'large', pair: first, revision: first.lastIndex });
    await kv.put('large', 'small');
    await expect(next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED' });
  });

  test('[Q144] with a user the nodes are for this user alone', async () => {
    const kv = await open({ prefix: 'secret', user: 'me', password: 'right' });
    await kv.put('a', 'x');
    const other = await open({ prefix: 'secret', user: 'me', password: 'right' });
    expect(text((await other.get('a')).value)).toBe('x');
    for (const account of [{}, { user: 'me', password: 'wrong' }]) {
      const options = { prefix: 'secret', ...account };
      const stranger = await open({ ...options, readOnly: true });
      for (const call of [stranger.get('a'), stranger.list(''), stranger.read([])]) {
        await expect(call).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
      }
      await expect(stranger.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
    }
    expect((await kv.get('a')).lastIndex).toBeGreaterThan(0n);
  });

  test('[Q145] options and addresses are checked, and no error shows a password', async () => {
    const wrong: readonly (readonly [string, readonly string[], object])[] = [
      ['endpoints', [], {}],
      ['endpoints', ['http://a:1'], {}],
      ['endpoints', ['a:70000'], {}],
      ['prefix', ['a'], { prefix: 'a//b' }],
      ['prefix', ['a'], { prefix: 'zookeeper/x' }],
      ['timeoutMs', ['a'], { timeoutMs: 0 }],
      ['sessionTimeoutMs', ['a'], { sessionTimeoutMs: '1' }],
      ['password', ['a'], { user: 'u' }],
      ['user', ['a'], { user: 'hidden:x', password: 'hidden' }],
      ['access', ['a'], { access: 'user' }],
      ['access', ['a'], { access: 'hidden', user: 'u', password: 'p' }],
      ['history', ['a'], { history: 0 }],
      ['maxPacketBytes', ['a'], { maxPacketBytes: 1000 }],
      ['nothing', ['a'], { nothing: 1 }],
    ];
    for (const [argument, endpoints, options] of wrong) {
      await expect(createStore('zookeeper', endpoints, options)).rejects.toMatchObject({
        code: 'ERR_KV_INVALID_ARGUMENT',
        argument,
      });
    }
    await expect(createStore('zookeeper', ['a'], { user: 'u:', password: 'hidden' })).rejects.toThrow(/^(?!.*hidden)/s);
  });

  test('[Q146] a store that is opened to read only makes no node, and follows one that is made later', async () => {
    const reader = await open({ prefix: 'reader', readOnly: true });
    expect(await reader.read(['a'])).toEqual({ revision: 0n, pairs: [undefined] });
    await expect(reader.list('')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    expect(await nodes.data('/reader')).toBeUndefined();
    const watcher = reader.watch('a');
    const changes = reader.changes('');
    await changes.started;
    const kv = await open({ prefix: 'reader' });
    const pair = await kv.put('a', 'x');
    expect((await watcher.next()).value).toEqual({ type: 'put', key: 'a', pair });
  });

  test('[Q147] a store that somebody deletes is made again; a watch tells the state, changes are gone', async () => {
    const kv = await open({ prefix: 'deleted' });
    await kv.put('a/b', 'x');
    const watcher = kv.watch('a/b');
    const changes = kv.changes('');
    await changes.started;
    expect((await watcher.next()).value?.type).toBe('put');
    await nodes.remove('/deleted');
    expect((await watcher.next()).value).toEqual({ type: 'delete', key: 'a/b' });
    await expect(changes.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED' });
    const again = await kv.put('a/b', 'again');
    expect((await watcher.next()).value?.pair?.lastIndex).toBe(again.lastIndex);
    await nodes.remove('/deleted');
    await nodes.create([
      ['/deleted', ''],
      ['/deleted/%head', 'of something else'],
    ]);
    await expect(kv.put('a/b', 'x')).rejects.toMatchObject({ code: 'ERR_KV_REFUSED' });
  });
});
