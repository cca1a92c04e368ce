import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvChange, KvEvent, KvStore, KvWatcher } from 'swarmstate/kv';
import type { ConsulOptions } from 'swarmstate/kv/consul';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { ConsulCalls } from '../support/consul-calls.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { runningServer } from '../support/running-server.ts';

const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();
const gone = { code: 'ERR_KV_COMPACTED' };

async function take(changes: KvWatcher<KvChange>, count: number): Promise<readonly KvChange[]> {
  const taken: KvChange[] = [];
  while (taken.length < count) {
    const { value, done } = await changes.next();
    if (done === true) throw new Error('it ended');
    taken.push(value);
  }
  return taken;
}

async function nextEvent(watcher: KvWatcher<KvEvent>): Promise<string> {
  const { value } = await watcher.next();
  return `${String(value?.type)} ${text(value?.pair?.value)}`;
}

describeWithConsul((program) => {
  const server = runningServer(() => ConsulCluster.start(program));
  let calls: ConsulCalls;
  let count = 0;
  const opened: KvStore[] = [];
  beforeAll(() => {
    calls = new ConsulCalls(server().endpoint);
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  async function open(options: ConsulOptions & { readonly readOnly?: boolean } = {}): Promise<KvStore> {
    const store = await createStore('consul', [server().endpoint], options);
    opened.push(store);
    return store;
  }
  const place = (): string => `place-${count++}`;

  test('[Q112] changes on Consul that are trimmed are ERR_KV_COMPACTED, with the oldest one that works', async () => {
    const kv = await open({ prefix: place(), history: 1 });
    const { lastIndex } = await kv.put('a', '0');
    const slow = kv.changes('', { from: lastIndex });
    await slow.started;
    for (let number = 1; number < 300; number++) await kv.put('a', String(number));
    let oldest: bigint;
    for (;;) {
      // The records are deleted in the background.
      const old = kv.changes('', { from: lastIndex });
      const error: unknown = await old.started.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      old.close();
      if (error === undefined) continue;
      expect(error).toMatchObject(gone);
      ({ oldest } = error as { oldest: bigint });
      break;
    }
    expect(oldest).toBeGreaterThan(lastIndex);
    const rest = kv.changes('', { from: oldest });
    const [first] = await take(rest, 1);
    expect(first?.revision).toBe(oldest + 1n);
    rest.close();
    // The slow reader is overtaken, or has read ahead and then is.
    await expect(take(slow, 400)).rejects.toMatchObject(gone);
  }, 30_000);

  test('[Q112] a large value is told while its key has it; after that the changes up to it are gone', async () => {
    const kv = await open({ prefix: place() });
    const before = await kv.put('small', 'x');
    const value = Buffer.alloc(100_000, 7);
    const large = await kv.put('large', value);
    await kv.put('small', 'y');
    const changes = kv.changes('', { from: before.lastIndex });
    const told = await take(changes, 2);
    expect(Buffer.from(told[0]?.pair?.value ?? []).equals(value)).toBe(true);
    changes.close();
    await kv.put('large', 'z');
    await expect(take(kv.changes('', { from: before.lastIndex }), 1)).rejects.toMatchObject({
      ...gone,
      oldest: large.lastIndex,
    });
    expect((await take(kv.changes('', { from: large.lastIndex }), 2)).map(({ key }) => key)).toEqual([
      'small',
      'large',
    ]);
  });

  test('[Q112] a stream of changes on Consul notices another history with the same numbers', async () => {
    const prefix = place();
    const kv = await open({ prefix });
    await kv.put('a', '1');
    const changes = kv.changes('');
    await changes.started;
    // Servers that are set back to a backup have a head of before, and other writes from then on.
    await calls.delete(`/v1/kv/${prefix}.swarmstate/?recurse`);
    const other = await open({ prefix });
    await other.put('a', '2');
    await other.put('a', '3');
    await expect(take(changes, 1)).rejects.toMatchObject(gone);
  });

  test('[Q113] a watch on Consul goes on where the index of Consul goes back', async () => {
    const prefix = place();
    const kv = await open({ prefix });
    await kv.put('a/b', '1');
    const watcher = kv.watch('a/b');
    expect(await nextEvent(watcher)).toBe('put 1');
    // The newest key below the prefix goes, and with it the reason of its number.
    await kv.put('c', 'x');
    await kv.delete('c');
    await kv.put('a/b', '2');
    expect(await nextEvent(watcher)).toBe('put 2');
    await calls.delete(`/v1/kv/${prefix}/a/b`);
    expect(await nextEvent(watcher)).toBe('delete ');
    await kv.put('a/b', '3');
    expect(await nextEvent(watcher)).toBe('put 3');
  });

  test('[Q117] keys of other programs on Consul are read, listed, watched, compared; other names are not', async () => {
    const prefix = place();
    const kv = await open({ prefix });
    const watcher = kv.watch('by/others');
    await kv.exists('by/others');
    await calls.put(`/v1/kv/${prefix}/by/others?flags=3304740253564472344`, 'theirs');
    expect(await nextEvent(watcher)).toBe('put theirs');
    await calls.put(`/v1/kv/${prefix}/by/folder/`, 'x');
    const pair = await kv.get('by/others');
    expect(await kv.list('by')).toEqual([pair]);
    expect((await kv.read(['by/others'])).pairs).toEqual([pair]);
    await calls.put(`/v1/kv/${prefix}/by/others`, 'theirs again');
    await expect(kv.atomicPut('by/others', 'ours', pair)).rejects.toMatchObject({ code: 'ERR_KV_KEY_MODIFIED' });
    await expect(kv.atomicPut('by/others', 'ours', undefined)).rejects.toMatchObject({ code: 'ERR_KV_KEY_EXISTS' });
    const ours = await kv.atomicPut('by/others', 'ours', await kv.get('by/others'));
    expect((await kv.get('by/others')).lastIndex).toBe(ours.lastIndex);
    await kv.put('by/more', 'x');
    expect(await kv.deleteRange('by')).toBe(2);
    expect(await calls.key(`${prefix}/by/folder/`)).toBeDefined();
    await expect(kv.list('by')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  });

  test('[Q114] a key of a dead process on Consul expires in a write with a number, whoever sees it first', async () => {
    const prefix = place();
    const dead = await createStore('consul', [server().endpoint], { prefix });
    const pair = await dead.put('dead', 'x', { ttl: 1000 });
    await dead.put('kept', 'x');
    await dead.close();
    const reader = await open({ prefix, readOnly: true });
    const told = reader.changes('', { from: pair.lastIndex });
    const kv = await open({ prefix });
    const watcher = kv.watch('kept');
    const [kept, expired] = await take(told, 2);
    expect(kept?.key).toBe('kept');
    expect(expired).toEqual({ type: 'delete', key: 'dead', revision: 3n });
    expect((await kv.read([])).revision).toBe(3n);
    expect(await kv.exists('dead')).toBe(false);
    expect(await calls.key(`${prefix}/dead`)).toBeUndefined();
    watcher.close();
  }, 20_000);

  test('[Q114] a key whose session has ended is absent for every reader, and its deletion has one number', async () => {
    const prefix = place();
    const kv = await open({ prefix });
    const reader = await open({ prefix, readOnly: true });
    const { lastIndex } = await kv.put('a', 'x', { ttl: 60_000 });
    const session = (await calls.key(`${prefix}/a`))?.Session ?? '';
    const kept = kv.keepAlive({ key: 'a', value: new Uint8Array(), lastIndex }, { ttl: 200 });
    await calls.put(`/v1/session/destroy/${session}`);
    expect(await reader.exists('a')).toBe(false);
    expect(await reader.list('', { limit: 5 })).toEqual([]);
    expect((await reader.read(['a'])).pairs).toEqual([undefined]);
    // Readers that cannot write leave the key to others.
    expect(await calls.key(`${prefix}/a`)).toBeDefined();
    expect(await kv.exists('a')).toBe(false);
    await expect(kv.delete('a')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    expect((await kv.read(['a'])).revision).toBe(lastIndex + 1n);
    while (!kept.lost.aborted) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(kept.lost.reason).toMatchObject({ code: 'ERR_KV_KEY_MODIFIED' });
    // The end of an old session does not touch a key that was written without a ttl.
    await kv.put('b', 'x', { ttl: 60_000 });
    const second = (await calls.key(`${prefix}/b`))?.Session ?? '';
    const permanent = await kv.put('b', 'y');
    await calls.put(`/v1/session/destroy/${second}`);
    expect(await kv.get('b')).toEqual(permanent);
  });

  test('[Q118] that a key exists fails on Consul when its ttl is over, also in stores told of the write', async () => {
    const prefix = place();
    const writer = await open({ prefix });
    const other = await open({ prefix });
    const reader = await open({ prefix, readOnly: true });
    const put = [{ type: 'put', key: 'written', value: 'late' }] as const;
    for (const [key, store] of [
      ['of the writer', writer],
      ['of another', other],
    ] as const) {
      await writer.put(key, 'x', { ttl: 60_000 });
      await store.transaction([{ key, exists: true }], [{ type: 'put', key: 'before', value: 'x' }]);
      await calls.put(`/v1/session/destroy/${(await calls.key(`${prefix}/${encodeURIComponent(key)}`))?.Session}`);
      expect(await reader.exists(key)).toBe(false);
      const refused = { code: 'ERR_KV_KEY_NOT_FOUND', key };
      await expect(store.transaction([{ key, exists: true }], put)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
    }
    expect(await reader.exists('written')).toBe(false);
  });

  test('[Q115] a transaction of 64 puts and deletes on Consul has one number, for every reader', async () => {
    const kv = await open({ prefix: place() });
    const many = Array.from({ length: 64 }, (_, number) => `many/${number}`);
    const first = await kv.transaction(
      [],
      many.map((key) => ({ type: 'put', key, value: key })),
    );
    expect(new Set(first.map(({ lastIndex }) => lastIndex)).size).toBe(1);
    const revision = first[0]?.lastIndex ?? 0n;
    expect(await kv.read([])).toEqual({ revision, pairs: [] });
    expect((await kv.read(many)).pairs).toEqual(first);
    await kv.transaction(
      [],
      many.map((key) => ({ type: 'delete', key })),
    );
    await kv.put('after', 'x');
    const changes = await take(kv.changes('', { from: revision - 1n }), 129);
    expect(changes.map(({ type }) => type)).toEqual([...many.map(() => 'put'), ...many.map(() => 'delete'), 'put']);
    expect(new Set(changes.map(({ revision: told }) => told))).toEqual(
      new Set([revision, revision + 1n, revision + 2n]),
    );
    await expect(kv.list('many')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  });

  test.each([['before'], ['behind']])(
    '[Q115] a writer of a large transaction that dies %s its transaction: another store ends it',
    async (when) => {
      const prefix = place();
      const kv = await open({ prefix, timeoutMs: 300 });
      await kv.put('witness', 'old');
      // Such a writer first closes the head, and touches a key that its transaction writes.
      const head = await calls.key(`${prefix}.swarmstate/head/`);
      const witness = await calls.key(`${prefix}/witness`);
      const { number, id } = JSON.parse(Buffer.from(head?.Value ?? '', 'base64').toString()) as {
        number: number;
        id: string;
      };
      const large = { number: number + 1, id: 'of-the-dead', witness: `${prefix}/witness` };
      const folder = '0'.repeat(16);
      const record = `${prefix}.swarmstate/log/${folder}/${String(large.number).padStart(16, '0')}/`;
      const changes = [{ key: 'witness', value: Buffer.from('new').toString('base64') }];
      await calls.transaction([
        {
          Verb: 'cas',
          Key: `${prefix}.swarmstate/head/`,
          Index: head?.ModifyIndex,
          Value: JSON.stringify({ format: 1, number, id, large }),
        },
        { Verb: 'set', Key: record, Value: JSON.stringify({ id: large.id, previous: id, changes }) },
        { Verb: 'set', Key: large.witness, Value: 'old', Flags: (witness?.Flags ?? 0) + 4 },
      ]);
      const closed = await calls.key(large.witness);
      const write = (): Promise<void> =>
        calls.transaction([
          {
            Verb: 'cas',
            Key: large.witness,
            Index: closed?.ModifyIndex,
            Value: 'new',
            Flags: 2 ** 52 + 8 * large.number,
          },
        ]);
      if (when === 'behind') await write();
      const next = await kv.put('next', 'x');
      expect(text((await kv.get('witness')).value)).toBe(when === 'behind' ? 'new' : 'old');
      expect(next.lastIndex).toBe(BigInt(when === 'behind' ? number + 2 : number + 1));
      // The request of the dead writer comes after all.
      await expect(write()).rejects.toThrow('index is stale');
      const told = await take(kv.changes('', { from: BigInt(number) }), when === 'behind' ? 2 : 1);
      expect(told.map(({ key }) => key)).toEqual(when === 'behind' ? ['witness', 'next'] : ['next']);
    },
  );
});
