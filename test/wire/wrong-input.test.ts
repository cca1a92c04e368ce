import { expect, test } from '@jest/globals';
import { Secret, Service, Task } from 'swarmstate/proto';
import type { TaskInput } from 'swarmstate/proto';
import { isMessageType } from '../../src/wire/fields/field.ts';
import type { FieldDescriptor, FieldType } from '../../src/wire/fields/field.ts';
import { messageType, messageTypes } from './support/codecs.ts';
import { refusal } from './support/refusal.ts';

/** Values that no field of a type takes. */
function wrongValues(type: FieldType): readonly unknown[] {
  const never = [null, Symbol('symbol'), (): void => undefined];
  if (isMessageType(type))
    return [...never, 'text', 1, true, [], new Map(), new Set(), new Date(0), new Uint8Array(1), Promise.resolve()];
  if (typeof type === 'object') return [...never, 'RUNNING', true, 1.5, 2 ** 31, NaN, 1n, {}];
  return [
    ...never,
    {},
    ...{
      string: [1, true, 1n, new String('text'), '\ud800', 'a\udc00b', []],
      bytes: ['text', [1, 2], new ArrayBuffer(1), new Uint16Array(1), new DataView(new ArrayBuffer(1))],
      bool: [0, 1, 'true', new Boolean(true)],
      int32: ['1', 1n, 1.5, NaN, Infinity, 2 ** 31, -(2 ** 31) - 1, true],
      uint32: ['1', 1n, 1.5, NaN, -1, 2 ** 32, true],
      int64: ['1', 1.5, NaN, -Infinity, 2 ** 63, 2n ** 63n, -(2n ** 63n) - 1n, true],
      uint64: ['1', 1.5, NaN, Infinity, -1, -1n, 2 ** 64, 2n ** 64n, true],
      float: ['1', 1n, 1e39, -1e39, true],
    }[type],
  ];
}

/** Inputs with a wrong value in a field, and where in the input it is. */
function wrongInputs(
  field: FieldDescriptor,
): { readonly input: object; readonly path: readonly (string | number)[] }[] {
  const { property } = field;
  if (field.label === 'singular')
    return wrongValues(field.type).map((value) => ({ input: { [property]: value }, path: [property] }));
  const right = isMessageType(field.type) ? {} : field.type === 'uint64' ? 1 : 'text';
  const elements = [...wrongValues(field.type), undefined];
  if (field.label === 'repeated') {
    const notLists = [null, {}, 'text', 1, new Set([right]), { length: 1, 0: right }];
    return [
      ...notLists.map((value) => ({ input: { [property]: value }, path: [property] })),
      ...elements.map((value) => ({ input: { [property]: [right, value] }, path: [property, 1] })),
      { input: { [property]: Object.assign(new Array(2), { 1: right }) }, path: [property, 0] },
    ];
  }
  const notMaps = [null, [], 'text', 1, new Map([['key', right]]), new Date(0)];
  return [
    ...notMaps.map((value) => ({ input: { [property]: value }, path: [property] })),
    ...elements.map((value) => ({ input: { [property]: { ok: right, key: value } }, path: [property, 'key'] })),
    { input: { [property]: { '\udfff': right } }, path: [property, '\udfff'] },
  ];
}

test('[O7][O9][O10] every field of every message refuses what it cannot hold, with its path', () => {
  let count = 0;
  for (const type of messageTypes) {
    for (const field of type.fields) {
      for (const { input, path } of wrongInputs(field)) {
        const error = refusal('ERR_INVALID_OBJECT', () => type.encode(input as never));
        expect({ path: error.path, messageType: error.messageType }).toEqual({ path, messageType: type.typeName });
        count++;
      }
    }
  }
  expect(count).toBeGreaterThan(5000);
});

test('[O7] the path leads from the outermost message, and the message of the error says it too', () => {
  const input = { spec: { task: { container: { env: ['A=1', 'B=2', 'C=3', 4] } } } };
  const error = refusal('ERR_INVALID_OBJECT', () => Service.encode(input as never));
  expect(error.messageType).toBe('docker.swarmkit.v1.Service');
  expect(error.path).toEqual(['spec', 'task', 'container', 'env', 3]);
  expect(error.message).toContain('spec.task.container.env[3]: expected a string, found the number 4.');
  const inMap = refusal('ERR_INVALID_OBJECT', () =>
    Task.encode({ annotations: { labels: { 'com.example/tier': 1 } } } as never),
  );
  expect(inMap.message).toContain('annotations.labels["com.example/tier"]: expected a string');
});

test('[O7] null is refused, and the error says what unsets a field', () => {
  const error = refusal('ERR_INVALID_OBJECT', () => Task.encode({ endpoint: null } as never));
  expect(error.message).toContain('Use undefined to leave a field unset.');
});

test('[O7] an error never shows what is in a string or in bytes', () => {
  const error = refusal('ERR_INVALID_OBJECT', () => Secret.encode({ spec: { data: 'my-password' } } as never));
  expect(error.message).not.toContain('my-password');
  expect(error.message).toContain('expected a Uint8Array, found a string');
});

test.each([undefined, null, 'text', 1, [], new Map(), new Uint8Array(3)])('[O7] %p is no message', (input) => {
  const error = refusal('ERR_INVALID_OBJECT', () => Task.encode(input as never));
  expect(error.path).toEqual([]);
});

test.each([
  ['Task', 'service_id', 'serviceId'],
  ['Task', 'serviceID', 'serviceId'],
  ['Task', 'desiredSate', 'desiredState'],
  ['Cluster', 'vxlanUdpPort', 'VXLANUDPPort'],
  ['ContainerSpec', 'environment', undefined],
  ['Meta', 'toString', undefined],
])('[O8] %s has no field %s', (name, given, meant) => {
  const type = messageType(name);
  const error = refusal('ERR_INVALID_OBJECT', () => type.encode({ [given]: 'x' } as never));
  expect(error.path).toEqual([given]);
  if (meant === undefined) expect(error.message).not.toContain('Did you mean');
  else expect(error.message).toContain(`Did you mean ${meant}?`);
});

test('[O8] an unknown field is refused also when it is inherited, undefined or called __proto__', () => {
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode(Object.create({ nodeID: 'x' }) as never)).path).toEqual([
    'nodeID',
  ]);
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode({ nodeID: undefined } as never)).path).toEqual(['nodeID']);
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode(JSON.parse('{"__proto__":{}}') as never)).path).toEqual([
    '__proto__',
  ]);
});

test('[O8] every message refuses a field that it does not have', () => {
  for (const type of messageTypes) {
    expect(refusal('ERR_INVALID_OBJECT', () => type.encode({ noSuchField: 1 } as never)).path).toEqual(['noSuchField']);
  }
});

test('[O10] two set members of a oneof are refused, with the path of the second, in every oneof', () => {
  let count = 0;
  for (const type of messageTypes) {
    const members = type.fields.filter((field) => field.oneof !== undefined);
    for (const [index, first] of members.entries()) {
      const second = members[index + 1];
      if (second === undefined || second.oneof !== first.oneof) continue;
      const value = (field: FieldDescriptor): unknown =>
        isMessageType(field.type) ? {} : field.type === 'string' ? '' : 0;
      const input = { [first.property]: value(first), [second.property]: value(second) };
      const error = refusal('ERR_INVALID_OBJECT', () => type.encode(input as never));
      expect(error.path).toEqual([second.property]);
      expect(error.message).toContain(`${first.property} and ${second.property}`);
      expect(() =>
        type.encode({ [first.property]: value(first), [second.property]: undefined } as never),
      ).not.toThrow();
      count++;
    }
  }
  expect(count).toBeGreaterThan(40);
});

test('[O9] floats are rounded to 32 bits, -0 is 0, any int32 is an enum value, undefined is absent', () => {
  const service = Service.from({ spec: { update: { maxFailureRatio: 0.1, parallelism: -0 } } });
  expect(service.spec.update?.maxFailureRatio).toBe(Math.fround(0.1));
  expect(service.spec.update?.parallelism).toBe(0);
  const update = messageType('UpdateConfig');
  expect(update.from({ maxFailureRatio: -0 } as never)).toBe(update.empty);
  expect(Task.from({ desiredState: -7 as never }).desiredState).toBe(-7);
  const input: TaskInput = { id: 'x', endpoint: undefined, slot: undefined };
  expect(Task.from(input)).toEqual(Task.from({ id: 'x' }));
  expect('endpoint' in Task.from(input)).toBe(false);
});

test('[O11] cyclic inputs end in an error', () => {
  const cyclic: { [member: string]: unknown } = { id: 'x' };
  cyclic['spec'] = cyclic;
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode(cyclic as never)).path).toEqual(['spec', 'id']);
  const list: unknown[] = [];
  list.push(list);
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode({ networks: list } as never)).path).toEqual(['networks', 0]);
});

test('[O7] an array of any length is refused at its first hole', () => {
  expect(refusal('ERR_INVALID_OBJECT', () => Task.encode({ networks: new Array(2 ** 32 - 1) })).path).toEqual([
    'networks',
    0,
  ]);
});

test.each<[string, object, string]>([
  ['Task', { desiredState: 'RUNNING' }, 'Write TaskState.RUNNING instead.'],
  ['Task', { desiredState: 'running' }, 'Write TaskState.RUNNING instead.'],
  ['Task', { desiredState: 'RUNING' }, 'Write TaskState.RUNNING instead.'],
  ['NodeSpec', { availability: 'drain' }, 'Write NodeSpecAvailability.DRAIN instead.'],
  ['StoreAction', { action: 'STORE_ACTION_CREATE' }, 'Write StoreActionKind.CREATE instead.'],
  ['SelectBy', { role: 'manager' }, 'Write NodeRole.MANAGER instead.'],
  ['NodeSpec', { availability: 'my-password' }, 'Write a member of NodeSpecAvailability: ACTIVE, PAUSE, DRAIN.'],
])('[O33] %s with the text %j in place of an enum: the error says what to write', (name, input, advice) => {
  const error = refusal('ERR_INVALID_OBJECT', () => messageType(name).from(input as never));
  expect(error.message).toContain(`found a string. ${advice}`);
  expect(error.message).not.toContain('my-password');
});
