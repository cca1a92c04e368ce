import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { StoreError } from '../../src/errors/store-error.ts';
import { Service, StoreSnapshot, Task } from '../../src/proto.ts';
import type { TaskInput } from '../../src/index.ts';
import { MemoryStore } from '../../src/index.ts';
import { storeSnapshotType } from '../../src/wire/generated/snapshot.ts';
import { hashOf } from '../../src/wire/reading/byte-hash.ts';
import { SharedMessages } from '../../src/wire/reading/shared-messages.ts';
import { checkProperty } from '../support/property.ts';

function task(number: number, service: number, more: Partial<TaskInput> = {}): TaskInput {
  return {
    id: `task-${number}`,
    serviceId: `service-${service}`,
    slot: number,
    spec: {
      container: {
        image: `images.example.com/team/app:1.${service}`,
        env: ['LOG_LEVEL=info', `SERVICE_INDEX=${service}`],
      },
    },
    serviceAnnotations: { name: `the-name-of-service-${service}`, labels: { tier: 'backend' } },
    status: { timestamp: { seconds: 1_680_000_000 + number }, message: `started as number ${number}` },
    ...more,
  };
}

/** What `read` gives, or the error's message. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ERR_DECODE') return error.message;
    throw error;
  }
}

const readAlone = (bytes: Uint8Array): StoreSnapshot => storeSnapshotType.decodePart(bytes, 0, undefined);
const readShared = (bytes: Uint8Array): StoreSnapshot => storeSnapshotType.decodePart(bytes, 0, new SharedMessages());

describe('equal messages in a large one', () => {
  test('[S28] the tasks of a service have one spec, which equals what is read of each alone', () => {
    const bytes = StoreSnapshot.encode({ tasks: Array.from({ length: 600 }, (_, number) => task(number, number % 7)) });
    expect(bytes.length).toBeGreaterThan(65_536);
    const read = StoreSnapshot.decode(bytes);
    expect(read).toEqual(readAlone(bytes));
    expect(new Set(read.tasks.slice(14).map(({ spec }) => spec)).size).toBe(7);
    expect(new Set(read.tasks.slice(14).map(({ serviceAnnotations }) => serviceAnnotations)).size).toBe(7);
    expect(new Set(read.tasks.map(({ status }) => status)).size).toBe(600);
    expect(new Set(readAlone(bytes).tasks.map(({ spec }) => spec)).size).toBe(600);
    expect(StoreSnapshot.encode(read)).toEqual(bytes);
  });

  test('[S28] a store restored from a stream shares them across chunks, and edits stay in one object', async () => {
    const bytes = StoreSnapshot.encode({ tasks: Array.from({ length: 600 }, (_, number) => task(number, number % 2)) });
    const chunks = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
      bytes.subarray(i * 1000, (i + 1) * 1000),
    );
    const store = new MemoryStore();
    await store.restoreFrom(chunks, { sealed: false });
    const specOf = (number: number): unknown => store.view((tx) => tx.tasks.get(`task-${number}`)?.spec);
    expect(specOf(100)).toBe(specOf(102));
    await store.update((tx) => {
      tx.tasks.modify('task-100', (draft) => {
        draft.spec.container!.env.push('EDITED=1');
      });
    });
    expect(store.view((tx) => tx.tasks.get('task-100')?.spec.container?.env)).toContain('EDITED=1');
    expect(store.view((tx) => tx.tasks.get('task-102')?.spec)).toEqual(Task.from(task(102, 0)).spec);
  });

  test('[S28] messages with bytes in them are not shared, those beside them are', () => {
    const payload = new Uint8Array([1, 2, 3]);
    const generic = {
      kind: 'a-kind-of-generic-runtime',
      payload: { typeUrl: 'a-type-with-a-long-name', value: payload },
    };
    const more = { spec: { generic, placement: { constraints: ['node.labels.rack==r1', 'node.role==worker'] } } };
    const bytes = StoreSnapshot.encode({ tasks: Array.from({ length: 700 }, (_, number) => task(number, 1, more)) });
    const { tasks } = StoreSnapshot.decode(bytes);
    const values = new Set(tasks.map(({ spec }) => spec.generic?.payload?.value));
    expect(values.size).toBe(700);
    expect(new Set(tasks.slice(2).map(({ spec }) => spec.placement)).size).toBe(1);
  });

  test('[S28] contents of which the hashes are equal are told apart', () => {
    const seen = new Map<number, string>();
    const pairs: [string, string][] = [];
    for (let number = 0; pairs.length < 2; number++) {
      const name = `name-${number.toString(36).padStart(24, '0')}`;
      const contents = Service.encode({ id: '', spec: { annotations: { name } } });
      // The annotations are what is left without two tags and two lengths.
      const hash = hashOf(contents, 4, contents.length);
      const other = seen.get(hash);
      if (other !== undefined) pairs.push([other, name]);
      seen.set(hash, name);
    }
    for (const [a, b] of pairs) {
      const names = [a, a, a, b, b, b, a, b];
      const bytes = StoreSnapshot.encode({
        services: names.map((name, i) => ({ id: `${i}`, spec: { annotations: { name } } })),
      });
      const read = readShared(bytes);
      expect(read.services.map(({ spec }) => spec.annotations.name)).toEqual(names);
      expect(read.services[2]!.spec.annotations).toBe(read.services[6]!.spec.annotations);
    }
  });

  test('[S28] short strings that come again and again are made once or twice', () => {
    const tasks = Array.from({ length: 600 }, (_, number) => ({
      id: `task-${number}`,
      serviceId: `service-${number % 7}`,
      nodeId: `node-${number % 5}`,
      status: { message: 'started', timestamp: { seconds: number } },
    }));
    const bytes = StoreSnapshot.encode({ tasks });
    const made = jest.spyOn(
      Buffer.prototype as Buffer & { utf8Slice: (start: number, end: number) => string },
      'utf8Slice',
    );
    const alone = readAlone(bytes);
    expect(made).toHaveBeenCalledTimes(4 * 600);
    made.mockClear();
    const shared = readShared(bytes);
    // Thirteen of them repeat; an id may push one out before it is met again.
    expect(made.mock.calls.length).toBeLessThan(600 + 5 * 13);
    made.mockRestore();
    expect(shared).toEqual(alone);
  });

  test('[S28] strings of any characters and length are what is read of each alone, however often they come', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ maxLength: 80 }),
      fc.constantFrom('', 'ä', '\ufffd', 'a'),
    );
    checkProperty(
      fc.property(fc.array(text, { maxLength: 12 }), fc.array(fc.nat(11), { maxLength: 60 }), (texts, order) => {
        const bytes = StoreSnapshot.encode({
          tasks: order.map((place) => ({ id: texts[place] ?? '', nodeId: texts[place + 1] ?? '' })),
        });
        expect(readShared(bytes)).toEqual(readAlone(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test('[S28] tens of thousands of strings, each of which comes several times', () => {
    const tasks = Array.from({ length: 60_000 }, (_, number) => ({
      id: `task-${number}`,
      nodeId: `node-${number % 20_000}`,
    }));
    const bytes = StoreSnapshot.encode({ tasks });
    const { tasks: read } = readShared(bytes);
    expect(
      read.every(({ id, nodeId }, number) => id === `task-${number}` && nodeId === `node-${number % 20_000}`),
    ).toBe(true);
  });

  test('[S28] after thousands of messages of which no two are equal, those that are equal are still read right', () => {
    const distinct = Array.from({ length: 5000 }, (_, number) => task(number, number));
    const equal = Array.from({ length: 10 }, (_, number) => task(5000 + number, 3));
    const bytes = StoreSnapshot.encode({ tasks: [...distinct, ...equal] });
    expect(StoreSnapshot.decode(bytes)).toEqual(readAlone(bytes));
  });

  test('[S28] whatever happens to the bytes, they are read or refused as without sharing', () => {
    const bytes = StoreSnapshot.encode({ tasks: Array.from({ length: 40 }, (_, number) => task(number, number % 3)) });
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    const cut = fc.option(fc.nat(bytes.length - 1), { nil: bytes.length });
    checkProperty(
      fc.property(fc.array(change, { maxLength: 4 }), cut, (changes, end) => {
        const damaged = bytes.slice(0, end);
        for (const { at, value } of changes) if (at < end) damaged[at] = value;
        expect(outcome(() => readShared(damaged))).toEqual(outcome(() => readAlone(damaged)));
      }),
      { numRuns: 500 },
    );
  });
});
