import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { systemClock } from '../../src/base/clock.ts';
import { LogAccess } from '../../src/replicated/access/log-access.ts';
import { SnapshotAccess, SnapshotGone } from '../../src/replicated/access/snapshot-access.ts';
import type { Pointer } from '../../src/replicated/access/snapshot-access.ts';
import { framesOf } from '../../src/replicated/log/frame.ts';
import { LogKeys } from '../../src/replicated/log/layout.ts';

/** The store, with what is told of each call of `read` and `list`. */
function observed(kv: KvStore, called: (name: 'read' | 'list', below: string) => void): KvStore {
  return new Proxy(kv, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]): unknown => {
        if (name === 'read' || name === 'list') called(name, String(given[0]));
        return value.apply(target, given) as unknown;
      };
    },
  });
}

/** A snapshot of five chunks, its pointer, and how often chunks were read. */
async function fiveChunks(): Promise<{
  readonly kv: KvStore;
  readonly snapshots: SnapshotAccess;
  readonly pointer: Pointer;
  readonly reads: () => number;
}> {
  const kv = await createStore('memory', []);
  let reads = 0;
  const seen = observed(kv, (name) => (reads += Number(name === 'read')));
  const access = new LogAccess(seen, new LogKeys('log'), systemClock, 1000);
  const snapshots = new SnapshotAccess(access, framesOf(undefined), 'c1');
  const snapshot = await snapshots.begin('s1', Uint8Array.of(1));
  for (let number = 1; number <= 5; number += 1) await snapshot.add(Uint8Array.of(number));
  const { id, chunks, bytes, sha256 } = snapshot;
  const pointer = { snapshot: { clusterId: 'c1', id, slot: 0, version: 0, chunks, bytes, sha256 }, lastIndex: 1n };
  return { kv, snapshots, pointer, reads: () => reads };
}

test('[J61] while the store takes a chunk of a snapshot, the next one is read, and no other', async () => {
  const { kv, snapshots, pointer, reads } = await fiveChunks();
  const seen: number[] = [];
  for await (const chunk of snapshots.contents(pointer)) {
    seen.push(chunk[0] as number);
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    expect(reads()).toBe(Math.min(5, seen.length + 1));
  }
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  await kv.close();
});

test('[J61] a chunk that vanishes is told where it stands, and not to a reader that has left', async () => {
  const { kv, snapshots, pointer } = await fiveChunks();
  await kv.delete(new LogKeys('log').chunk('s1', 3));
  const contents = snapshots.contents(pointer);
  expect((await contents.next()).value).toEqual(Uint8Array.of(1));
  expect((await contents.next()).value).toEqual(Uint8Array.of(2));
  await setImmediate();
  await expect(contents.next()).rejects.toThrow(SnapshotGone);
  const left = snapshots.contents(pointer);
  await left.next();
  await left.next();
  // An unhandled rejection would end the process of the test.
  await left.return();
  await setImmediate();
  await kv.close();
});

test('[J61] a long log is read in few pages, and other work has its turn between the entries of a page', async () => {
  const kv = await createStore('memory', []);
  const options = { snapshotEvery: 1_000_000 };
  const writer = await openStore({ kv, prefix: 'log' }, options);
  await writer.update((tx) => tx.tasks.create({ id: 't1' }));
  for (let number = 0; number < 2500; number += 1)
    await writer.update((tx) => tx.tasks.modify('t1', (task) => void (task.slot += 1)));
  let pages = 0;
  let turns = 0;
  const turnsAtPage: number[] = [];
  const seen = observed(kv, (name, below) => {
    if (name !== 'list' || below !== 'log/log') return;
    pages += 1;
    turnsAtPage.push(turns);
  });
  const opening = new AbortController();
  const counting = (async () => {
    for (; !opening.signal.aborted; turns += 1) await setImmediate();
  })();
  const opened = await openStore({ kv: seen, prefix: 'log' }, options);
  opening.abort();
  await counting;
  expect(StoreSnapshot.encode(opened.save())).toEqual(StoreSnapshot.encode(writer.save()));
  expect(pages).toBeLessThanOrEqual(3);
  // More than one turn for the read itself.
  expect((turnsAtPage[1] as number) - (turnsAtPage[0] as number)).toBeGreaterThan(1);
  await opened.close();
  await writer.close();
  await kv.close();
});
