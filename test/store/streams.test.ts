import { Readable, Writable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore, all, byName, byNamePrefix } from 'swarmstate';
import type { StreamProgress } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { Collected } from '../support/collected.ts';
import { SEAL_BYTES } from '../../src/wire/snapshot/seal.ts';
import { checkAsyncProperty } from '../support/property.ts';
import { drain, rejected, thrown } from '../support/store-helpers.ts';

const golden = new Uint8Array(readFileSync(join(__dirname, '..', 'golden', 'snapshot-single.bin')));

async function storeWith(tasks: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.nodes.create({ id: 'node', description: { hostname: 'host' } });
    for (let i = 0; i < tasks; i += 1)
      tx.tasks.create({
        id: `task-${(i * 7919) % tasks}`,
        annotations: { name: `name-${i}`, labels: { text: 'x'.repeat(200) } },
      });
  });
  return store;
}

function encoded(store: MemoryStore): Uint8Array {
  return new Uint8Array(StoreSnapshot.encode(store.save()));
}

function withoutSeal(file: Collected): Uint8Array {
  return file.bytes.subarray(0, -SEAL_BYTES);
}

/** The bytes in chunks of these lengths, over and over. */
function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

describe('saveTo', () => {
  test('[S17] saveTo writes the bytes of the whole snapshot, and ends the stream', async () => {
    for (const store of [new MemoryStore(), await storeWith(3000)]) {
      const file = new Collected();
      await store.saveTo(file);
      expect(file.writableFinished).toBe(true);
      expect(Buffer.compare(withoutSeal(file), encoded(store))).toBe(0);
      expect(store.stats().snapshots).toBe(0);
    }
    const store = new MemoryStore();
    await store.restore(StoreSnapshot.decode(golden));
    const file = new Collected();
    await store.saveTo(file);
    expect(Buffer.compare(withoutSeal(file), encoded(store))).toBe(0);
  });

  test('[S18] saveTo writes the state at the call, whatever is written and restored meanwhile', async () => {
    const store = await storeWith(3000);
    const before = encoded(store);
    const file = new Collected();
    let writes = 0;
    const saving = store.saveTo(file, {
      onProgress: () => {
        writes += 1;
        void store.update((tx) => {
          tx.tasks.create({ id: `new-${writes}` });
          tx.tasks.delete(`task-${writes}`);
          tx.tasks.modify(`task-${2999 - writes}`, (draft) => void (draft.slot = writes));
        });
      },
    });
    await store.update((tx) => tx.tasks.delete('task-0'));
    await saving;
    expect(writes).toBeGreaterThan(3);
    expect(Buffer.compare(file.bytes.subarray(0, before.length), before)).toBe(0);
    expect(file.bytes).toHaveLength(before.length + SEAL_BYTES);
    expect(store.stats()).toMatchObject({ snapshots: 0, retainedVersions: 0 });
  });

  test('[S19] saveTo makes no more than a chunk or two while the stream takes no more', async () => {
    const store = await storeWith(3000);
    const total = encoded(store).length;
    let release = (): void => undefined;
    const stuck = new Writable({
      write(_chunk, _encoding, done) {
        release = done;
      },
    });
    const made: number[] = [];
    const aborting = new AbortController();
    const saving = store.saveTo(stuck, { signal: aborting.signal, onProgress: ({ bytes }) => made.push(bytes) });
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const whileStuck = made.at(-1) ?? 0;
    expect(whileStuck).toBeGreaterThan(0);
    expect(whileStuck).toBeLessThan(total / 2);
    aborting.abort(new Error('enough'));
    release();
    await expect(saving).rejects.toThrow('enough');
    expect(stuck.destroyed).toBe(true);
    expect(store.stats().snapshots).toBe(0);
  });

  test('[S20] saveTo rejects with the stream’s error, the signal’s reason and what onProgress throws', async () => {
    const store = await storeWith(10);
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('disk full'));
      },
    });
    await expect(store.saveTo(broken)).rejects.toThrow('disk full');
    await expect(store.saveTo(new Collected(), { signal: AbortSignal.abort('never') })).rejects.toBe('never');
    const fail = (): never => {
      throw new Error('no display');
    };
    await expect(store.saveTo(new Collected(), { onProgress: fail })).rejects.toThrow('no display');
    await expect(store.restoreFrom([encoded(store)], { sealed: false, onProgress: fail })).rejects.toThrow(
      'no display',
    );
    expect(store.stats().snapshots).toBe(0);
  });
});

describe('restoreFrom', () => {
  test('[S21] restoreFrom takes the bytes however they are cut, as restore takes them whole', async () => {
    const source = await storeWith(40);
    const bytes = encoded(source);
    await checkAsyncProperty(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        fc.boolean(),
        async (lengths, asynchronous) => {
          const target = await storeWith(3);
          const watcher = target.watch();
          const chunks = cut(bytes, lengths);
          await target.restoreFrom(asynchronous ? Readable.from(chunks) : chunks, { sealed: false });
          expect(Buffer.compare(encoded(target), bytes)).toBe(0);
          const other = await storeWith(3);
          const expected = other.watch();
          await other.restore(StoreSnapshot.decode(bytes));
          expect(await drain(target, watcher)).toEqual(await drain(other, expected));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('[S21] restoreFrom passes over unknown fields, and puts together objects longer than a chunk', async () => {
    const store = new MemoryStore();
    const large = StoreSnapshot.encode({ configs: [{ id: 'large', spec: { data: new Uint8Array(300_000).fill(7) } }] });
    // Field 99: a varint, 8 bytes, 3 bytes, a group with a group in it, and 4 bytes.
    const unknown = [
      0x98, 6, 255, 1, 0x99, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0x9a, 6, 3, 0, 0, 0, 0x9b, 6, 0x0b, 8, 1, 0x0c, 0x9c, 6, 0x9d,
      6, 1, 2, 3, 4,
    ];
    const bytes = new Uint8Array([...unknown, ...golden, ...unknown, ...large]);
    await store.restoreFrom(cut(bytes, [1000]), { sealed: false });
    const whole = new MemoryStore();
    await whole.restore(StoreSnapshot.decode(bytes));
    expect(Buffer.compare(encoded(store), encoded(whole))).toBe(0);
  });

  test('[S22] bad bytes in restoreFrom leave the store as it was, with the error and offset of decode', async () => {
    const bytes = encoded(await storeWith(400));
    const store = await storeWith(3);
    const watcher = store.watch();
    const before = encoded(store);
    await checkAsyncProperty(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, value, cutOff) => {
        const damaged = cutOff ? bytes.slice(0, at) : Uint8Array.from(bytes);
        if (!cutOff) damaged[at] = value;
        let error: unknown;
        try {
          StoreSnapshot.decode(damaged);
        } catch (caught) {
          error = caught;
        }
        if (error === undefined || damaged.length === 0) return;
        const found = await rejected(store.restoreFrom(cut(damaged, [4096]), { sealed: false }), 'ERR_DECODE');
        expect(found).toMatchObject({
          offset: (error as { offset: number }).offset,
          messageType: 'docker.swarmkit.v1.StoreSnapshot',
        });
        expect(Buffer.compare(encoded(store), before)).toBe(0);
      }),
      { numRuns: 200 },
    );
    expect(await drain(store, watcher)).toEqual([]);
  });

  test('[S22] chunks that are no bytes, a failing stream and an abort leave the store as it was', async () => {
    const store = await storeWith(3);
    const before = encoded(store);
    await rejected(store.restoreFrom(['text'] as never), 'ERR_INVALID_OBJECT');
    const failing = new Readable({
      read() {
        this.push(golden.slice(0, 50));
        this.destroy(new Error('connection lost'));
      },
    });
    await expect(store.restoreFrom(failing)).rejects.toThrow('connection lost');
    const aborting = new AbortController();
    const silent = new Readable({ read: () => undefined });
    const waiting = store.restoreFrom(silent, { signal: aborting.signal });
    silent.push(golden);
    aborting.abort(new Error('too slow'));
    await expect(waiting).rejects.toThrow('too slow');
    await new Promise((resolve) => setImmediate(resolve));
    expect(silent.destroyed).toBe(true);
    expect(Buffer.compare(encoded(store), before)).toBe(0);
  });

  test('[S23] writers go on while restoreFrom reads; their writes are replaced in one transaction', async () => {
    const source = await storeWith(50);
    const store = new MemoryStore();
    const watcher = store.watch();
    let written = 0;
    await store.restoreFrom(cut(encoded(source), [1000]), {
      sealed: false,
      onProgress: () => {
        written += 1;
        void store.update((tx) => tx.nodes.create({ id: `meanwhile-${written}` }));
      },
    });
    expect(written).toBeGreaterThan(0);
    expect(Buffer.compare(encoded(store), encoded(source))).toBe(0);
    const events = await drain(store, watcher);
    expect(events.filter((event) => event === 'commit')).toHaveLength(written + 1);
    expect(events).toContain('delete node meanwhile-1');
  });

  test('[S23] restoreFrom reads nothing where the store cannot be restored', async () => {
    const store = await storeWith(1);
    let read = 0;
    function* counted(): Generator<Uint8Array> {
      read += 1;
      yield golden;
    }
    let nested: Promise<void> | undefined;
    await store.update(() => {
      nested = store.restoreFrom(counted());
    });
    await rejected(nested as Promise<void>, 'ERR_NESTED_UPDATE');
    await store.close();
    await rejected(store.restoreFrom(counted()), 'ERR_STORE_CLOSED');
    expect(read).toBe(0);
  });

  test('[S24] onProgress counts objects and bytes, to the end', async () => {
    const store = await storeWith(1500);
    const bytes = encoded(store);
    const saved: StreamProgress[] = [];
    await store.saveTo(new Collected(), { onProgress: (progress) => saved.push(progress) });
    expect(saved.length).toBeGreaterThan(2);
    expect(saved.at(-1)).toEqual({ objects: 1501, bytes: bytes.length + SEAL_BYTES, totalObjects: 1501 });
    const ofNothing: StreamProgress[] = [];
    await new MemoryStore().saveTo(new Collected(), {
      seal: false,
      onProgress: (progress) => ofNothing.push(progress),
    });
    expect(ofNothing).toEqual([{ objects: 0, bytes: 0, totalObjects: 0 }]);
    const restored: StreamProgress[] = [];
    await new MemoryStore().restoreFrom(cut(bytes, [50_000]), {
      sealed: false,
      onProgress: (progress) => restored.push(progress),
    });
    expect(restored.length).toBeGreaterThan(2);
    expect(restored.at(-1)).toEqual({ objects: 1501, bytes: bytes.length });
  });
});

describe('iterate with yieldAfterMs', () => {
  test('[S25] iterate with yieldAfterMs gives what iterate gives, and lets the event loop run in between', async () => {
    const store = await storeWith(320);
    for (const by of [all, byNamePrefix('name-1'), byName('name-7')]) {
      using snapshot = store.snapshot();
      const expected = [...snapshot.tasks.iterate(by)].map(brieflyOf);
      let turns = 0;
      let going = true;
      const count = (): void => {
        turns += 1;
        if (going) setImmediate(count);
      };
      setImmediate(count);
      const found: string[] = [];
      for await (const task of snapshot.tasks.iterate(by, { yieldAfterMs: 0 })) {
        found.push(brieflyOf(task));
        if (found.length === 5)
          await store.update((tx) =>
            tx.tasks.create({ id: `task-during-${store.stats().rows.tasks}`, annotations: { name: 'name-1' } }),
          );
      }
      going = false;
      expect(found).toEqual(expected);
      expect(turns).toBeGreaterThanOrEqual(Math.floor(expected.length / 16));
    }
  });

  test('[S25] a walk pauses while its index is prepared, and not before its time is over', async () => {
    for (const yieldAfterMs of [0, 60_000]) {
      const store = await storeWith(40);
      using snapshot = store.snapshot();
      let turned = false;
      setImmediate(() => (turned = true));
      const walk = snapshot.tasks.iterate(byNamePrefix('name-'), { yieldAfterMs });
      await walk.next();
      expect(turned).toBe(yieldAfterMs === 0);
      if (yieldAfterMs > 0) for await (const _ of walk) expect(turned).toBe(false);
    }
  });

  test('[S25] iterate with yieldAfterMs ends with its view or signal, and a write transaction refuses it', async () => {
    const store = await storeWith(100);
    const walk = await store.view((tx) => Promise.resolve({ walk: tx.tasks.iterate(all, { yieldAfterMs: 5 }) }));
    await rejected(walk.walk.next(), 'ERR_TX_CLOSED');
    using snapshot = store.snapshot();
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(snapshot.tasks.iterate(all, { yieldAfterMs: 5, signal }).next()).rejects.toThrow('never mind');
    await store.update((tx) => {
      thrown(() => tx.tasks.iterate(all, { yieldAfterMs: 5 }), 'ERR_ASYNC_CALLBACK');
    });
  });
});

function brieflyOf(task: { readonly id: string; readonly desiredState: number }): string {
  return `${task.id} ${task.desiredState}`;
}
