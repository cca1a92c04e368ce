import { describe, expect, test } from '@jest/globals';
import { goldenBytes, goldenJson, goldenOptions, inGoldenDialect } from './support/golden.ts';
import { hex, jsonCopy, messageType, unhex } from './support/codecs.ts';

const files = [
  ['snapshot-single', 'StoreSnapshot'],
  ['actions-single', 'InternalRaftRequest'],
  ['actions-single-applied', 'StoreSnapshot'],
  ['raft-snapshot', 'Snapshot'],
  ['snapshot-empty', 'StoreSnapshot'],
  ['bench-task-sample', 'Task'],
] as const;

/** Maps with one entry at most: the original has one encoding of them only. */
const withOneEncoding = [
  'snapshot-single',
  'actions-single',
  'actions-single-applied',
  'raft-snapshot',
  'snapshot-empty',
];

describe.each(files)('%s', (file, name) => {
  const type = messageType(name);

  test('[O1] what the original wrote decodes to what it holds', () => {
    const message = type.decode(goldenBytes(file));
    expect(inGoldenDialect(type, type.toJson(message as never, goldenOptions))).toEqual(goldenJson(file));
  });

  test('[O1] encoding it again gives bytes that decode to the same', () => {
    const message = type.decode(goldenBytes(file));
    const bytes = type.encode(message as never);
    expect(type.decode(bytes)).toEqual(message);
    expect(bytes).toHaveLength(goldenBytes(file).length);
  });

  test('[O18] its JSON describes the same message', () => {
    const message = type.decode(goldenBytes(file));
    expect(type.fromJson(jsonCopy(type.toJson(message as never, { any: 'bytes' })))).toEqual(message);
  });

  test('[O4] a plain copy of it is accepted and equals it', () => {
    const message = type.decode(goldenBytes(file));
    expect(type.from(structuredClone(message) as never, message as never)).toBe(message);
    expect(hex(type.encode(structuredClone(message) as never))).toBe(hex(type.encode(message as never)));
  });
});

test.each(withOneEncoding)('[O2] %s is encoded to the same bytes as the original did', (file) => {
  const name = files.find(([candidate]) => candidate === file)?.[1] ?? '';
  const type = messageType(name);
  expect(hex(type.encode(type.decode(goldenBytes(file)) as never))).toBe(hex(goldenBytes(file)));
});

test.each([
  ['Node', '12020a001a020a002a0042021a00'],
  ['Service', '12020a001a040a001200'],
  ['Task', '12020a001a003a0042004a00'],
  ['Network', '12020a001a020a00'],
  ['Secret', '12020a001a020a00'],
  ['Config', '12020a001a020a00'],
  ['Volume', '12020a001a020a00'],
  ['Cluster', '12020a001a100a0012001a0022002a0032003a00420022022200'],
  ['Resource', '12020a001a00'],
  ['Extension', '12020a001a00'],
  ['Meta', '0a00'],
  ['Snapshot', '12001a00'],
  ['StoreSnapshot', ''],
  ['WatchMessage', ''],
  ['UpdateConfig', '1200'],
])('[O2] an empty %s is encoded as the original does, with the messages that are always written', (name, expected) => {
  expect(hex(messageType(name).encode({} as never))).toBe(expected);
  expect(messageType(name).decode(unhex(expected))).toEqual(messageType(name).from({} as never));
});

test.each([
  ['InternalRaftRequest', { id: 1, action: [{}] }, '08011200'],
  ['ClusterSnapshot', { members: [{ raftId: 5 }], removed: [1, 300] }, '0a0408052200100110ac02'],
  [
    'StoreAction',
    {
      action: 1,
      node: {
        id: 'id1',
        meta: { version: { index: 300 }, createdAt: { seconds: 1, nanos: 2 } },
        description: { hostname: 'h' },
        role: 1,
      },
    },
    '080112230a03696431120b0a0308ac021204080110021a020a0022030a01682a0042021a004801',
  ],
  [
    'StoreAction',
    {
      action: 3,
      secret: {
        id: 's',
        spec: { annotations: { name: 'n', labels: { a: '' }, indices: [{}] }, data: new Uint8Array([0x78]) },
      },
    },
    '08033a1a0a017312020a001a110a0c0a016e12050a016112002200120178',
  ],
])('[O2] %s is encoded as the original does: %j', (name, input, expected) => {
  expect(hex(messageType(name).encode(input as never))).toBe(expected);
});

test('[O2] a oneof is written where its highest member would be, and a set member also when it is zero', () => {
  const replicated = { replicated: { replicas: 2 }, endpoint: {}, rollback: {} };
  expect(hex(messageType('ServiceSpec').encode(replicated as never))).toBe(
    '0a001200' + '4200' + '4a021200' + '1a020802',
  );
  expect(hex(messageType('SelectBy').encode({ desiredState: 0 } as never))).toBe('5000');
  expect(hex(messageType('Privileges.CredentialSpec').encode({ file: '' } as never))).toBe('0a00');
});
