import { describe, expect, test } from '@jest/globals';
import {
  Cluster,
  ContainerSpec,
  Duration,
  Node,
  ResourceRequirements,
  Secret,
  Service,
  Task,
  Timestamp,
} from 'swarmstate/proto';
import type { JsonValue } from 'swarmstate/proto';
import { messageType } from './support/codecs.ts';
import { refusal } from './support/refusal.ts';

test('[O19] names are in lowerCamelCase, defaults are left out, messages that are set are shown', () => {
  const json = Task.toJson({
    id: 'x',
    serviceId: 's',
    slot: 4,
    desiredState: 512,
    endpoint: {},
    networks: [{ addresses: ['10.0.0.1/24'] }],
  });
  expect(json).toEqual({
    id: 'x',
    meta: { version: {} },
    spec: {},
    serviceId: 's',
    slot: '4',
    annotations: {},
    serviceAnnotations: {},
    status: {},
    desiredState: 'RUNNING',
    networks: [{ addresses: ['10.0.0.1/24'] }],
    endpoint: {},
  });
});

test('[O19] enums are names or unknown numbers, 64-bit integers strings, bytes base64', () => {
  expect(messageType('StoreAction').toJson({ action: 1 } as never)).toEqual({ action: 'STORE_ACTION_CREATE' });
  expect(Task.toJson({ desiredState: 5 as never })).toMatchObject({ desiredState: 5 });
  expect(messageType('Version').toJson({ index: 2n ** 64n - 1n } as never)).toEqual({ index: '18446744073709551615' });
  expect(Secret.toJson({ spec: { data: new Uint8Array([251, 255, 254]) } })).toMatchObject({ spec: { data: '+//+' } });
});

test('[O19] a set oneof member is shown also when it holds the default', () => {
  expect(messageType('SelectBy').toJson({ desiredState: 0 } as never)).toEqual({ desiredState: 'NEW' });
  expect(messageType('Privileges.CredentialSpec').toJson({ file: '' } as never)).toEqual({ file: '' });
});

test('[O19] wrappers are bare values', () => {
  expect(ContainerSpec.toJson({ init: { value: false } })).toEqual({ init: false });
  expect(ResourceRequirements.toJson({ swapBytes: { value: -1 } })).toEqual({ swapBytes: '-1' });
  expect(ResourceRequirements.fromJson({ swap_bytes: 5, memory_swappiness: null })).toEqual(
    ResourceRequirements.from({ swapBytes: { value: 5 } }),
  );
});

test.each([
  [Math.fround(0.1), 0.1],
  [Math.fround(118.692505), 118.692505],
  [2 ** -96, 1.2621775e-29],
  [2 ** 87, 1.5474251e26],
  [0.25, 0.25],
  [Math.fround(3.4028234663852886e38), 3.4028235e38],
  [1.401298464324817e-45, 1e-45],
  [16777216, 16777216],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
])('[O19] the float %p is %p', (value, expected) => {
  const update = messageType('UpdateConfig');
  expect(update.toJson({ maxFailureRatio: value } as never)).toEqual({ maxFailureRatio: expected });
  expect(update.fromJson({ max_failure_ratio: expected })).toEqual(update.from({ maxFailureRatio: value } as never));
});

describe('times', () => {
  test.each([
    [{ seconds: 0, nanos: 0 }, '1970-01-01T00:00:00Z'],
    [{ seconds: 0, nanos: 1 }, '1970-01-01T00:00:00.000000001Z'],
    [{ seconds: 1, nanos: 500_000_000 }, '1970-01-01T00:00:01.500Z'],
    [{ seconds: 1, nanos: 1_000 }, '1970-01-01T00:00:01.000001Z'],
    [{ seconds: -1, nanos: 999_999_999 }, '1969-12-31T23:59:59.999999999Z'],
    [{ seconds: -62_135_596_800, nanos: 0 }, '0001-01-01T00:00:00Z'],
    [{ seconds: 253_402_300_799, nanos: 999_999_999 }, '9999-12-31T23:59:59.999999999Z'],
  ])('[O19] the timestamp %p is %p', (time, text) => {
    expect(Timestamp.toJson(time)).toBe(text);
    expect(Timestamp.fromJson(text)).toEqual(time);
  });

  test('[O19] other forms of RFC 3339 are taken', () => {
    expect(Timestamp.fromJson('1970-01-01T01:00:00.5+01:00')).toEqual({ seconds: 0, nanos: 500_000_000 });
    expect(Timestamp.fromJson('1969-12-31T23:30:00-00:30')).toEqual({ seconds: 0, nanos: 0 });
    expect(Timestamp.fromJson('2024-02-29T00:00:00Z').seconds).toBe(1_709_164_800);
  });

  test.each([
    '1970-01-01',
    '1970-01-01T00:00:00',
    '1970-02-30T00:00:00Z',
    '1970-01-01T24:00:00Z',
    '1970-01-01t00:00:00Z',
    '1970-01-01T00:00:00z',
    '1970-01-01T00:00:60Z',
    '0000-01-01T00:00:00Z',
    0,
    {},
  ])('[O20] %p is no timestamp', (json) => {
    expect(
      refusal('ERR_INVALID_OBJECT', () => messageType('Meta').fromJson({ created_at: json as JsonValue })).path,
    ).toEqual(['created_at']);
  });

  test.each([
    { seconds: -62_135_596_801 },
    { seconds: 253_402_300_800 },
    { nanos: -1 },
    { nanos: 1_000_000_000 },
    { seconds: 2n ** 60n },
  ])('[O19] the timestamp %p has no JSON', (createdAt) => {
    expect(refusal('ERR_INVALID_OBJECT', () => messageType('Meta').toJson({ createdAt } as never)).path).toEqual([
      'createdAt',
    ]);
  });

  test.each([
    [{ seconds: 0, nanos: 0 }, '0s'],
    [{ seconds: 1, nanos: 500_000_000 }, '1.500s'],
    [{ seconds: -1, nanos: -500_000_000 }, '-1.500s'],
    [{ seconds: 0, nanos: -1 }, '-0.000000001s'],
    [{ seconds: 315_576_000_000, nanos: 0 }, '315576000000s'],
  ])('[O19] the duration %p is %p', (duration, text) => {
    expect(Duration.toJson(duration)).toBe(text);
    expect(Duration.fromJson(text)).toEqual(duration);
  });

  test('[O19] a duration may have any number of digits', () => {
    expect(Duration.fromJson('1.5s')).toEqual({ seconds: 1, nanos: 500_000_000 });
  });

  test.each(['1', 's', '1.s', '1.0000000001s', '315576000001s', '+1s', '1e3s', 1])(
    '[O20] %p is no duration',
    (json) => {
      refusal('ERR_INVALID_OBJECT', () => Duration.fromJson(json));
    },
  );

  test.each([{ seconds: 1, nanos: -1 }, { nanos: 1_000_000_000 }, { seconds: 315_576_000_001 }])(
    '[O19] the duration %p has no JSON',
    (duration) => {
      refusal('ERR_INVALID_OBJECT', () => Duration.toJson(duration));
    },
  );
});

test('[O19] both spellings of names, numbers for strings, enum numbers, base64url and null are taken', () => {
  const expected = Task.from({
    id: 'x',
    serviceId: 's',
    slot: 4,
    desiredState: 512,
    status: { container: { pid: -1 } },
  });
  expect(
    Task.fromJson({
      id: 'x',
      serviceId: 's',
      slot: 4,
      desiredState: 512,
      nodeId: null,
      endpoint: null,
      networks: null,
      status: { container: { pid: '-1' } },
    }),
  ).toEqual(expected);
  expect(Secret.fromJson({ spec: { data: '-__-' } }).spec.data).toEqual(new Uint8Array([251, 255, 254]));
  expect(Secret.fromJson({ spec: { data: 'AQ' } }).spec.data).toEqual(new Uint8Array([1]));
  expect(Cluster.fromJson({ VXLANUDPPort: 4789 }).VXLANUDPPort).toBe(4789);
});

test.each<[string, number]>([
  ['1e5', 100_000],
  ['1.0', 1],
  ['1.50e1', 15],
  ['-0', 0],
  ['-0.0e-7', 0],
  ['0e999999999', 0],
  ['100e-2', 1],
  ['-2147483648.000', -2_147_483_648],
  ['-1E+3', -1000],
])('[O19] the quoted whole number %p is %p', (text, expected) => {
  expect(messageType('HealthConfig').fromJson({ retries: text })).toMatchObject({ retries: expected });
  expect(messageType('ContainerStatus').fromJson({ pid: text })).toMatchObject({ pid: expected });
  expect(messageType('google.protobuf.Int64Value').fromJson(text)).toEqual({ value: expected });
  if (expected >= 0) expect(Task.fromJson({ slot: text }).slot).toBe(expected);
});

test('[O19] a quoted number of 64 bits is exact in every form', () => {
  expect(Task.fromJson({ slot: '1.8446744073709551615e19' }).slot).toBe(2n ** 64n - 1n);
  expect(Task.fromJson({ slot: '18446744073709551615.0' }).slot).toBe(2n ** 64n - 1n);
  expect(Task.fromJson({ slot: 1e5 }).slot).toBe(100_000);
});

test.each<[string, JsonValue, (string | number)[]]>([
  ['Task', { serviceID: 'x' }, ['serviceID']],
  ['Task', { slot: '1.5' }, ['slot']],
  ['Task', { slot: '' }, ['slot']],
  ['Task', { slot: -1 }, ['slot']],
  ['Task', { slot: '18446744073709551616' }, ['slot']],
  ['Task', { slot: '1'.repeat(1000) }, ['slot']],
  ['Task', { slot: '1e20' }, ['slot']],
  ['Task', { slot: '1e1000000000' }, ['slot']],
  ['Task', { slot: '1e-1' }, ['slot']],
  ['Task', { slot: '1.' }, ['slot']],
  ['Task', { slot: '.5e1' }, ['slot']],
  ['Task', { slot: '01' }, ['slot']],
  ['Task', { slot: '+1' }, ['slot']],
  ['Task', { slot: ' 1' }, ['slot']],
  ['HealthConfig', { retries: '2147483648' }, ['retries']],
  ['HealthConfig', { retries: '1e1' + '0'.repeat(400) }, ['retries']],
  ['Task', { slot: true }, ['slot']],
  ['Task', { desired_state: 'RUNING' }, ['desired_state']],
  ['Task', { desired_state: 'toString' }, ['desired_state']],
  ['Task', { desired_state: 1.5 }, ['desired_state']],
  ['Task', { spec: { container: { env: ['a', null] } } }, ['spec', 'container', 'env', 1]],
  ['Task', { spec: { container: { env: 'a' } } }, ['spec', 'container', 'env']],
  ['Task', { annotations: { labels: { a: null } } }, ['annotations', 'labels', 'a']],
  ['Task', { annotations: { labels: [] } }, ['annotations', 'labels']],
  ['Task', { annotations: { labels: { a: '\ud800' } } }, ['annotations', 'labels', 'a']],
  ['Task', { id: 5 }, ['id']],
  ['Task', { networks: [{ addresses: [] }, []] }, ['networks', 1]],
  ['Task', { spec: [] }, ['spec']],
  ['Task', [], []],
  ['Task', null, []],
  ['Secret', { internal: 'true' }, ['internal']],
  ['Secret', { spec: { data: 'A' } }, ['spec', 'data']],
  ['Secret', { spec: { data: 'AQ=' } }, ['spec', 'data']],
  ['Secret', { spec: { data: 'A*==' } }, ['spec', 'data']],
  ['Secret', { spec: { data: [1] } }, ['spec', 'data']],
  ['UpdateConfig', { max_failure_ratio: '0x1' }, ['max_failure_ratio']],
  ['UpdateConfig', { max_failure_ratio: 1e39 }, ['max_failure_ratio']],
  ['UpdateConfig', { max_failure_ratio: '1e400' }, ['max_failure_ratio']],
  ['UpdateConfig', { max_failure_ratio: Infinity }, ['max_failure_ratio']],
  ['ContainerSpec', { init: { value: true } }, ['init']],
  ['TaskSpec', { container: {}, generic: {} }, ['generic']],
])('[O20] %s refuses the JSON %j', (name, json, path) => {
  expect(refusal('ERR_INVALID_OBJECT', () => messageType(name).fromJson(json)).path).toEqual(path);
});

test('[O20] a field that is given by both of its names is refused, a misspelt one is recognised', () => {
  expect(refusal('ERR_INVALID_OBJECT', () => Task.fromJson({ service_id: 'a', serviceId: 'b' })).path).toEqual([
    'serviceId',
  ]);
  expect(refusal('ERR_INVALID_OBJECT', () => Node.fromJson({ manager_satus: {} })).message).toContain(
    'Did you mean manager_status?',
  );
  expect(refusal('ERR_INVALID_OBJECT', () => Task.fromJson({ desired_state: 'RUNING' })).message).toContain(
    'Did you mean RUNNING?',
  );
});

test('[O19] what JSON describes is canonical', () => {
  const service = Service.fromJson({ id: 's', spec: { replicated: { replicas: '3' } } });
  expect(Service.from(service)).toBe(service);
  expect(Object.isFrozen(service.spec.replicated)).toBe(true);
});
