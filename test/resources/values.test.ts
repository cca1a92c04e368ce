import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { Meta } from 'swarmstate/proto';
import { defineResource, jsonCodec } from 'swarmstate/resources';
import type { ResourceDefinition, StandardSchema } from 'swarmstate/resources';
import { rejected, thrown } from '../support/store-helpers.ts';

/** Values of any form, as a program without types may give them. */
type Loose = never;

interface Backup {
  volume: string;
  hour: number;
}

const backups = defineResource<Backup>({ kind: 'backup', codec: jsonCodec() });

const bytes = (value: unknown): string => new TextDecoder().decode(jsonCodec<unknown>().encode(value));

async function store(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 100, firstVersion: 1 });
  await made.update((tx) => {
    backups.register(tx);
    backups.table(tx).create({ id: 'b1', value: { volume: 'data', hour: 3 } });
  });
  return made;
}

describe('names of typed resources', () => {
  test('[Y48] where no name is given, the name is the id', async () => {
    const source = await store();
    const name = (id: string): string | undefined => source.view((tx) => backups.table(tx).get(id)?.annotations.name);
    expect(name('b1')).toBe('b1');
    await source.update((tx) => {
      const table = backups.table(tx);
      table.create({ id: 'b2', annotations: { labels: { a: 'b' } }, value: { volume: 'x', hour: 1 } });
      table.create({ id: 'b3', annotations: { name: 'nightly' }, value: { volume: 'x', hour: 1 } });
      table.modify('b3', (value) => void (value.hour = 2));
    });
    expect([name('b2'), name('b3')]).toEqual(['b2', 'nightly']);
    await source.update((tx) => void backups.table(tx).update({ id: 'b3', value: { volume: 'x', hour: 2 } }));
    expect(name('b3')).toBe('b3');
  });

  test('[Y48] a name conflict says that names are unique over all kinds, a missing kind names register', async () => {
    const source = await store();
    const marks = defineResource({ kind: 'mark', codec: Meta });
    const conflict = await rejected(
      source.update((tx) => {
        marks.register(tx);
        marks.table(tx).create({ id: 'm', annotations: { name: 'B1' }, value: Meta.from({}) });
      }),
      'ERR_NAME_CONFLICT',
    );
    expect(conflict.message).toContain('over the resources of all kinds');
    const missing = await rejected(
      new MemoryStore().update((tx) => void backups.table(tx).create({ id: 'b', value: { volume: '', hour: 1 } })),
      'ERR_NO_KIND',
    );
    expect(missing.message).toContain('register(tx)');
  });
});

describe('jsonCodec', () => {
  test('[Y49] plain objects of another realm are taken', () => {
    expect(bytes(runInNewContext('({ b: [1], a: Object.create(null) })'))).toBe('{"a":{},"b":[1]}');
    thrown(() => bytes(runInNewContext('new Map()')), 'ERR_INVALID_OBJECT');
  });

  test('[Y49] equal values have equal bytes, whatever the order of their members is', () => {
    expect(bytes({ b: [{ d: 1, c: null }], a: 'x', u: undefined })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
    const own = JSON.parse('{"__proto__":{"x":1}}') as object;
    expect(jsonCodec<object>().decode(jsonCodec<object>().encode(own as Loose))).toEqual(own);
  });

  test.each<readonly [string, unknown]>([
    ['a bigint', 5n],
    ['NaN', { a: NaN }],
    ['Infinity', Infinity],
    ['a date', { a: new Date() }],
    ['a map', new Map()],
    ['bytes', { a: new Uint8Array(2) }],
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a hole of a list', new Array(2)],
    ['a function', { a: () => 1 }],
    ['a symbol', Symbol('x')],
  ])('[Y49] a value that JSON would change or lose is refused: %s', (_what, value) => {
    thrown(() => bytes(value), 'ERR_INVALID_OBJECT');
  });

  test('[Y49] a value that holds itself, and bytes that are no JSON, are typed errors', () => {
    const circle: Record<string, unknown> = {};
    circle['a'] = circle;
    thrown(() => bytes(circle), 'ERR_INVALID_OBJECT');
    for (const text of ['', '{', '{"a":1']) {
      thrown(() => jsonCodec().decode(new TextEncoder().encode(text)), 'ERR_DECODE');
    }
    thrown(() => jsonCodec().decode(new Uint8Array([0x22, 0xff, 0x22])), 'ERR_DECODE');
  });
});

test('[Y50] an update to an equal value is no change, whatever the order of its members is', async () => {
  const plain = defineResource<Backup>({
    kind: 'plain',
    codec: {
      encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
      decode: (given) => JSON.parse(new TextDecoder().decode(given)) as Backup,
    },
  });
  const source = await store();
  await source.update((tx) => {
    plain.register(tx);
    plain.table(tx).create({ id: 'p', value: { volume: 'data', hour: 3 } });
  });
  for (const [type, id] of [
    [plain, 'p'],
    [backups, 'b1'],
  ] as const) {
    const { version } = source;
    const before = source.view((tx) => type.table(tx).get(id)!);
    await source.update((tx) => {
      type.table(tx).modify(id, (value) => {
        const { volume } = value;
        Reflect.deleteProperty(value, 'volume');
        value.volume = volume;
      });
    });
    expect(source.version).toBe(version);
    const { annotations, meta } = before;
    await source.update(
      (tx) => void type.table(tx).update({ id, annotations, meta, value: { hour: 3, volume: 'data' } }),
    );
    expect(source.view((tx) => type.table(tx).get(id)!.resource.payload)).toBe(before.resource.payload);
    await source.update((tx) => void type.table(tx).modify(id, (value) => void (value.hour = 4)));
    expect(source.view((tx) => type.table(tx).get(id)!.value.hour)).toBe(4);
  }
});

/** A schema as zod makes it: an hour where none is given, and faults with paths. */
const schema: StandardSchema<{ volume: string; hour?: number | undefined }, Backup> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { volume, hour = 3 } = value as { volume?: unknown; hour?: unknown };
      const issues = [];
      if (typeof volume !== 'string') issues.push({ message: 'expected a text', path: ['volume'] });
      if (typeof hour !== 'number') issues.push({ message: 'expected a number', path: [{ key: 'hour' }] });
      return issues.length > 0 ? { issues } : { value: { volume: volume as string, hour: hour as number } };
    },
  },
};

describe('schemas', () => {
  const checked = defineResource({ kind: 'backup', schema });

  test('[Y51] a schema completes and checks what is written and what is read', async () => {
    const source = new MemoryStore();
    await source.update((tx) => {
      checked.register(tx);
      expect(checked.table(tx).create({ id: 'b', value: { volume: 'data' } }).value).toEqual({
        volume: 'data',
        hour: 3,
      });
      const fault = thrown(
        () => checked.table(tx).create({ id: 'c', value: { volume: 5, hour: 'x' } as Loose }),
        'ERR_INVALID_OBJECT',
      );
      expect(fault.message).toContain('value.volume: expected a text; value.hour: expected a number');
      expect(fault['path']).toEqual(['value', 'volume']);
      thrown(() => checked.table(tx).modify('b', (value) => void (value.hour = 'x' as Loose)), 'ERR_INVALID_OBJECT');
      thrown(() => checked.table(tx).update({ id: 'b', value: {} as Loose }), 'ERR_INVALID_OBJECT');
      // Written by a program without the schema.
      backups.table(tx).create({ id: 'old', value: { volume: 'x' } as Backup });
      backups.table(tx).create({ id: 'bad', value: { volume: 5 } as Loose });
      expect(checked.table(tx).get('old')!.value.hour).toBe(3);
      thrown(() => checked.table(tx).get('bad'), 'ERR_INVALID_OBJECT');
      // @ts-expect-error -- the types are those of the schema
      thrown(() => checked.table(tx).create({ id: 'd', value: { volume: 5 } }), 'ERR_INVALID_OBJECT');
    });
    expect(source.view((tx) => checked.table(tx).get('b')!.value)).toEqual({ volume: 'data', hour: 3 });
  });

  test('[Y51] a schema that answers later, or that refuses its own result, is an error of the write', async () => {
    const later = defineResource<Backup>({
      kind: 'later',
      schema: {
        '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('later')) },
      },
    });
    const changing = defineResource<number, string>({
      kind: 'changing',
      schema: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value) =>
            typeof value === 'string' ? { value: Number(value) } : { issues: [{ message: 'expected a text' }] },
        },
      },
    });
    const source = new MemoryStore();
    await source.update((tx) => {
      later.register(tx);
      changing.register(tx);
    });
    await rejected(
      source.update((tx) => void later.table(tx).create({ id: 'x', value: { volume: '', hour: 1 } })),
      'ERR_INVALID_OBJECT',
    );
    await rejected(
      source.update((tx) => void changing.table(tx).create({ id: 'x', value: '5' })),
      'ERR_INVALID_OBJECT',
    );
  });
});

test.each<readonly [string, Loose]>([
  ['an unknown member', { kind: 'x', codecs: {} } as Loose],
  ['no kind', {} as Loose],
  ['an empty kind', { kind: '' } as Loose],
  ['a codec without decode', { kind: 'x', codec: { encode: () => new Uint8Array() } } as Loose],
  ['a schema of another form', { kind: 'x', schema: { parse: () => 1 } } as Loose],
  ['null as a schema', { kind: 'x', schema: null } as Loose],
  ['indices that are a list', { kind: 'x', indices: [] } as Loose],
  ['null', null as Loose],
])('[Y44] defineResource refuses %s', (_what, definition: ResourceDefinition<unknown>) => {
  thrown(() => defineResource(definition), 'ERR_INVALID_OBJECT');
  thrown(() => backups.selector({ by: 1 } as Loose), 'ERR_INVALID_OBJECT');
});
