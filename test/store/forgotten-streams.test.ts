import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { Collected } from '../support/collected.ts';
import { isForgotten } from '../support/garbage.ts';
import { deferred } from '../support/store-helpers.ts';

/** A store with a node, and a reference to that. No timer holds it. */
async function storeWithNode(): Promise<{ readonly store: MemoryStore; readonly node: WeakRef<object> }> {
  const store = new MemoryStore({ wedgeTimeoutMs: Infinity });
  const node = new WeakRef(await store.update((tx) => tx.nodes.create({ id: 'n', description: { hostname: 'host' } })));
  return { store, node };
}

describe('streams of a forgotten store', () => {
  test('[S29] a forgotten store whose restore waits for a silent source is collected', async () => {
    const forgotten = await isForgotten(async () => {
      const { store, node } = await storeWithNode();
      const reading = deferred();
      void store.restoreFrom({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            reading.resolve();
            return new Promise<IteratorResult<Uint8Array>>(() => undefined);
          },
        }),
      });
      await reading.promise;
      return node;
    });
    expect(forgotten).toBe(true);
  });

  test('[S29] a forgotten store whose save waits for a full stream is collected', async () => {
    const forgotten = await isForgotten(async () => {
      const { store, node } = await storeWithNode();
      const writing = deferred();
      void store.saveTo(
        new Writable({
          write: () => {
            writing.resolve();
          },
        }),
      );
      await writing.promise;
      return node;
    });
    expect(forgotten).toBe(true);
  });

  test('[S29] a forgotten store whose streams have ended, or failed, is collected', async () => {
    const forgotten = await isForgotten(async () => {
      const { store, node } = await storeWithNode();
      const saved = new Collected();
      await store.saveTo(saved);
      await store.restoreFrom(Readable.from([saved.bytes]));
      await store.restoreFrom([Uint8Array.of(0xff)]).catch(() => undefined);
      return node;
    });
    expect(forgotten).toBe(true);
  });
});
