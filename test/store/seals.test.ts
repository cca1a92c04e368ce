import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore, isStoreError } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { crc32c } from '../../src/base/crc32c.ts';
import { SEAL_BYTES, sealOf } from '../../src/wire/snapshot/seal.ts';
import { FieldSplitter } from '../../src/wire/snapshot/field-splitter.ts';
import { Collected } from '../support/collected.ts';
import { checkAsyncProperty, checkProperty } from '../support/property.ts';
import { createNode, nodeIds, rejected } from '../support/store-helpers.ts';

async function savedBytes(count: number): Promise<Uint8Array> {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (let i = 0; i < count; i += 1) tx.tasks.create({ id: `task-${i}`, nodeId: `node-${i % 3}` });
  });
  const file = new Collected();
  await store.saveTo(file);
  return file.bytes;
}

function* pieces(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('the seal of a saved snapshot', () => {
  test('[S30] is behind the bytes of encode, and a decoder that does not know it gives the same snapshot', async () => {
    const bytes = await savedBytes(20);
    const plain = bytes.subarray(0, bytes.length - SEAL_BYTES);
    expect(StoreSnapshot.encode(StoreSnapshot.decode(bytes))).toEqual(new Uint8Array(plain));
    expect([...bytes.subarray(plain.length)]).toEqual([...sealOf(20, crc32c(plain))]);
    const file = new Collected();
    const store = new MemoryStore();
    await store.restoreFrom([bytes]);
    await store.saveTo(file, { seal: false });
    expect(file.bytes).toEqual(new Uint8Array(plain));
  });

  test('[S30] an empty store saves a seal, which restores to an empty store', async () => {
    const bytes = await savedBytes(0);
    expect(bytes).toHaveLength(SEAL_BYTES);
    const store = new MemoryStore();
    await createNode(store, 'n1');
    await store.restoreFrom([bytes]);
    expect(nodeIds(store)).toEqual([]);
  });

  test('[S31] every prefix of a saved snapshot is refused, and the store stays as it was', async () => {
    const bytes = await savedBytes(20);
    const store = new MemoryStore();
    await createNode(store, 'n1');
    for (let length = 0; length < bytes.length; length += 1) {
      const error = await rejected(store.restoreFrom([bytes.subarray(0, length)]), 'ERR_INCOMPLETE_SNAPSHOT');
      expect(error.message).toContain('sealed: false');
      expect(error).toMatchObject({ objects: expect.any(Number), bytes: expect.any(Number) });
    }
    expect(nodeIds(store)).toEqual(['n1']);
    await store.restoreFrom([bytes]);
    expect(store.save().tasks).toHaveLength(20);
  });

  test('[S31] a changed byte, and bytes behind the seal, are refused in chunks of any size', async () => {
    const bytes = await savedBytes(400);
    const store = new MemoryStore();
    await createNode(store, 'n1');
    const chunkBytes = fc.constantFrom(1, 7, 100, 4096, 65_536);
    await checkAsyncProperty(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        chunkBytes,
        async (at, mask, size) => {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = (damaged[at] as number) ^ mask;
          const error: unknown = await store.restoreFrom(pieces(damaged, size)).catch((caught: unknown) => caught);
          expect(isStoreError(error)).toBe(true);
          expect(nodeIds(store)).toEqual(['n1']);
        },
      ),
      { numRuns: 60 },
    );
    await rejected(store.restoreFrom([bytes, bytes]), 'ERR_INCOMPLETE_SNAPSHOT');
    await rejected(store.restoreFrom([bytes, Uint8Array.of(0)]), 'ERR_INCOMPLETE_SNAPSHOT');
    expect(nodeIds(store)).toEqual(['n1']);
  });

  test('[S32] bytes of swarmkit and of encode need sealed: false, and no bytes are no snapshot even then', async () => {
    const plain = StoreSnapshot.encode({ nodes: [{ id: 'a' }] });
    const store = new MemoryStore();
    await rejected(store.restoreFrom([plain]), 'ERR_INCOMPLETE_SNAPSHOT');
    await store.restoreFrom([plain], { sealed: false });
    expect(nodeIds(store)).toEqual(['a']);
    await rejected(store.restoreFrom([], { sealed: false }), 'ERR_INCOMPLETE_SNAPSHOT');
    const error = await rejected(store.restoreFrom([new Uint8Array()]), 'ERR_INCOMPLETE_SNAPSHOT');
    expect(error).toMatchObject({ objects: 0, bytes: 0 });
    await store.restoreFrom([await savedBytes(2)], { sealed: false });
    expect(store.save().tasks).toHaveLength(2);
  });

  test('[S30] a seal is found behind unknown fields that are groups', async () => {
    // Field 99: a group with a group in it.
    const group = [0x9b, 6, 0x0b, 8, 1, 0x0c, 0x9c, 6];
    const bytes = Uint8Array.of(...group, ...StoreSnapshot.encode({ nodes: [{ id: 'a' }] }), ...group);
    const store = new MemoryStore();
    await store.restoreFrom([bytes, sealOf(1, crc32c(bytes))]);
    expect(nodeIds(store)).toEqual(['a']);
  });

  test('[S30] the bytes of a seal are a field that protobuf can skip, with two fixed fields in it', () => {
    const hex = Buffer.from(sealOf(0x0102, 0xe3069283)).toString('hex');
    expect(hex).toBe('faffffff0f' + '0e' + '09' + '0201000000000000' + '15' + '839206e3');
  });

  test('[S31] a seal of another length is no seal', async () => {
    const tag = sealOf(0, 0).subarray(0, 5);
    for (const content of [[0], [1, 9], [15, ...new Uint8Array(15)]]) {
      const bytes = Uint8Array.of(...tag, ...content);
      await rejected(new MemoryStore().restoreFrom([bytes]), 'ERR_INCOMPLETE_SNAPSHOT');
    }
  });

  test('[S33] CRC-32C has the known values, and can be continued at any byte', () => {
    const text = new TextEncoder().encode('123456789');
    expect(crc32c(text)).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    checkProperty(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes));
      }),
    );
  });
});

describe('chunks of every form', () => {
  test('[S34] views and buffers of any kind are bytes', async () => {
    const bytes = await savedBytes(3);
    const buffer = bytes.slice().buffer;
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    for (const chunk of [Buffer.from(bytes), new DataView(buffer), buffer, shared] as readonly unknown[]) {
      const store = new MemoryStore();
      await store.restoreFrom([chunk as Uint8Array]);
      expect(store.save().tasks).toHaveLength(3);
    }
  });

  test.each([undefined, null, 5, 'text', Promise.resolve([]), {}])('[S34] %p is no source of bytes', async (source) => {
    await rejected(new MemoryStore().restoreFrom(source as never), 'ERR_INVALID_OBJECT');
  });
});

describe('the work of cutting a stream into fields', () => {
  /** Bytes that a splitter copies for an input of some length that never completes a field. */
  function copied(bytes: Uint8Array, chunk: number): number {
    let copies = 0;
    const set = Uint8Array.prototype.set;
    Uint8Array.prototype.set = function (this: Uint8Array, ...given: Parameters<typeof set>) {
      copies += given[0].length;
      set.apply(this, given);
    };
    try {
      const splitter = new FieldSplitter();
      for (const piece of pieces(bytes, chunk)) {
        splitter.push(piece);
        while (splitter.take() !== undefined);
      }
      splitter.rest();
    } finally {
      Uint8Array.prototype.set = set;
    }
    return copies;
  }

  test.each([1, 7, 4096, 65_536])('[S35] grows in proportion to the input, in chunks of %d bytes', (chunk) => {
    const unclosedGroups = (size: number): Uint8Array => new Uint8Array(size).fill(0x0b);
    const longField = (size: number): Uint8Array => {
      const bytes = new Uint8Array(size);
      // Field 1 of 2^28 bytes, which never come.
      bytes.set([0x0a, 0x80, 0x80, 0x80, 0x80, 0x01]);
      return bytes;
    };
    for (const input of [unclosedGroups, longField]) {
      for (const size of [50_000, 200_000]) expect(copied(input(size), chunk)).toBeLessThanOrEqual(4 * size);
    }
  });
});
