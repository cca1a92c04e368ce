import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';

async function filledStore(tasks: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.batch(async (batch) => {
    for (let task = 0; task < tasks; task += 1)
      await batch.update((tx) => tx.tasks.create({ id: `t${task}`, nodeId: `n${task % 7}` }));
  });
  return store;
}

test('[S38] a store that is saved to a WritableStream is restored from a ReadableStream', async () => {
  const store = await filledStore(3000);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const copy = new MemoryStore();
  await Promise.all([store.saveTo(writable), copy.restoreFrom(readable)]);
  expect(copy.save()).toEqual(store.save());
});

test('[S38] a ReadableStream that cannot be iterated over is read all the same', async () => {
  const store = await filledStore(10);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const copy = new MemoryStore();
  const source = { getReader: () => readable.getReader() };
  await Promise.all([store.saveTo(writable), copy.restoreFrom(source)]);
  expect(copy.save()).toEqual(store.save());
  expect(readable.locked).toBe(false);
});

test('[S38] a WritableStream that fails ends the saving with its error', async () => {
  const store = await filledStore(3000);
  const error = new Error('the disk is full');
  const writable = new WritableStream<Uint8Array>({
    write() {
      throw error;
    },
  });
  await expect(store.saveTo(writable)).rejects.toBe(error);
  expect(writable.locked).toBe(false);
});

test('[S38] an abort ends the saving to a WritableStream that takes nothing, and aborts the stream', async () => {
  const store = await filledStore(3000);
  const controller = new AbortController();
  let aborted: unknown;
  const writable = new WritableStream<Uint8Array>({
    write: () => setImmediate(),
    abort(reason) {
      aborted = reason;
    },
  });
  const reason = new Error('enough');
  const onProgress = (): void => controller.abort(reason);
  await expect(store.saveTo(writable, { signal: controller.signal, onProgress })).rejects.toBe(reason);
  await setImmediate();
  expect(aborted).toBe(reason);
});

test('[S38] an abort while a WritableStream holds a chunk for ever ends the saving', async () => {
  const store = await filledStore(10);
  const controller = new AbortController();
  const reason = new Error('enough');
  const writable = new WritableStream<Uint8Array>({
    write() {
      controller.abort(reason);
      return new Promise<void>(() => undefined);
    },
  });
  await expect(store.saveTo(writable, { signal: controller.signal })).rejects.toBe(reason);
});

test('[S38] a restore that fails cancels its ReadableStream', async () => {
  let cancelled = false;
  const readable = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(Uint8Array.of(7));
    },
    cancel() {
      cancelled = true;
    },
  });
  const source = { getReader: () => readable.getReader() };
  await expect(new MemoryStore().restoreFrom(source)).rejects.toMatchObject({ code: 'ERR_DECODE' });
  await setImmediate();
  expect([cancelled, readable.locked]).toEqual([true, false]);
});
