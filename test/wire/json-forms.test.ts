import { expect, test } from '@jest/globals';
import { Any, Duration, Resource, Service, Task, TaskState } from 'swarmstate/proto';
import type { JsonOptions, JsonValue } from 'swarmstate/proto';
import { hex, jsonCopy, messageType, unhex } from './support/codecs.ts';
import { refusal } from './support/refusal.ts';

const google = 'type.googleapis.com/google.protobuf';

test('[O31] toJson writes the names of the .proto files and the numbers of enums where it is asked to', () => {
  const task = Task.from({ id: 't', desiredState: TaskState.RUNNING, networks: [{ aliases: ['a'] }] });
  expect(Task.toJson(task)).toMatchObject({ desiredState: 'RUNNING', serviceAnnotations: {} });
  expect(Task.toJson(task, { names: 'camel', enums: 'names' })).toEqual(Task.toJson(task));
  expect(Task.toJson(task, { names: 'original' })).toMatchObject({ desired_state: 'RUNNING', service_annotations: {} });
  expect(Task.toJson(task, { enums: 'numbers' })).toMatchObject({ desiredState: 512 });
  expect(Task.toJson(task, { names: 'original', enums: 'numbers' })).toMatchObject({ desired_state: 512 });
  for (const names of ['camel', 'original'] as const)
    for (const enums of ['names', 'numbers'] as const)
      expect(Task.fromJson(jsonCopy(Task.toJson(task, { names, enums })))).toEqual(task);
});

test.each<[unknown, readonly string[]]>([
  [{ name: 'camel' }, ['name']],
  [{ names: 'snake' }, ['names']],
  [{ enums: null }, ['enums']],
  [{ any: 'base64' }, ['any']],
  [null, []],
  ['original', []],
  [[], []],
])('[O31][C11] the options %j are refused', (options, path) => {
  expect(refusal('ERR_INVALID_OBJECT', () => Task.toJson({ id: 't' }, options as JsonOptions)).path).toEqual(path);
});

test.each<[string, string, JsonValue]>([
  ['Duration', '0801', '1s'],
  ['Timestamp', '', '1970-01-01T00:00:00Z'],
  ['StringValue', '0a0461626364', 'abcd'],
  ['StringValue', '', ''],
  ['BytesValue', '0a03fbfffe', '+//+'],
  ['BoolValue', '0801', true],
  ['Int64Value', '08ffffffffffffffffff01', '-1'],
  ['UInt64Value', '08ffffffffffffffffff01', '18446744073709551615'],
  ['Int32Value', '08ffffffffffffffffff01', -1],
  ['UInt32Value', '08ffffffff0f', 4294967295],
  ['FloatValue', '0d9062ed42', 118.692505],
  ['DoubleValue', '09000000000000f03f', 1],
  ['DoubleValue', '09000000000000f07f', 'Infinity'],
])('[O32] an Any of %s with the bytes %p has its JSON form %p', (type, bytes, value) => {
  const any = Any.from({ typeUrl: `${google}.${type}`, value: unhex(bytes) });
  expect(Any.toJson(any)).toEqual({ '@type': `${google}.${type}`, value });
  expect(Any.fromJson({ '@type': `${google}.${type}`, value })).toEqual(any);
});

test('[O32] an Any of a message has the fields of the message', () => {
  const value = Duration.encode({ seconds: 5 });
  const inner = Any.encode({ typeUrl: `${google}.Duration`, value });
  const any = Any.from({ typeUrl: `${google}.Any`, value: inner });
  const json = { '@type': `${google}.Any`, value: { '@type': `${google}.Duration`, value: '5s' } };
  expect(Any.toJson(any)).toEqual(json);
  expect(Any.fromJson(json)).toEqual(any);
  const task = Any.from({ typeUrl: 'x/docker.swarmkit.v1.Task', value: Task.encode({ id: 't', serviceId: 's' }) });
  expect(Any.toJson(task, { names: 'original' })).toMatchObject({ '@type': task.typeUrl, id: 't', service_id: 's' });
  expect(Any.fromJson(jsonCopy(Any.toJson(task)))).toEqual(task);
  expect(Any.toJson({})).toEqual({});
  expect(Any.fromJson({})).toBe(Any.from({}));
});

test('[O32] an Any of an unknown type is an error that says so, in both directions', () => {
  const resource = { id: 'r', payload: { typeUrl: 'example.com/x.Y', value: new Uint8Array([1]) } };
  const written = refusal('ERR_INVALID_OBJECT', () => Resource.toJson(resource));
  expect(written.path).toEqual(['payload']);
  expect(written.message).toMatch(/"x\.Y" is unknown.*any: 'bytes'/);
  const read = refusal('ERR_INVALID_OBJECT', () =>
    Resource.fromJson({ payload: { '@type': 'example.com/x.Y', value: 'AQ==' } }),
  );
  expect(read.path).toEqual(['payload', '@type']);
  expect(read.message).toMatch(/"x\.Y" is unknown.*"@bytes"/);
});

test('[O32] with any: "bytes" every Any keeps its bytes, and fromJson takes them', () => {
  for (const typeUrl of ['example.com/x.Y', `${google}.Duration`, '']) {
    const resource = Resource.from({ id: 'r', payload: { typeUrl, value: new Uint8Array([1]) } });
    const json = Resource.toJson(resource, { any: 'bytes' });
    expect(json).toMatchObject({ payload: { '@type': typeUrl, '@bytes': 'AQ==' } });
    expect(Resource.fromJson(jsonCopy(json))).toEqual(resource);
  }
  expect(Any.toJson({ typeUrl: 'a/b' }, { any: 'bytes' })).toEqual({ '@type': 'a/b', '@bytes': '' });
  expect(Any.fromJson({ '@type': 'a/b', '@bytes': '' })).toEqual(Any.from({ typeUrl: 'a/b' }));
});

test.each<[JsonValue, (string | number)[]]>([
  [{ '@type': `${google}.StringValue`, value: 'x', other: 1 }, ['payload', 'other']],
  [{ '@type': `${google}.StringValue`, value: 5 }, ['payload', 'value']],
  [{ '@type': `${google}.Duration`, value: 'x' }, ['payload', 'value']],
  [{ '@type': `${google}.Duration` }, ['payload', 'value']],
  [{ '@type': 'a/docker.swarmkit.v1.Task', idd: 'x' }, ['payload', 'idd']],
  [{ '@type': 'a/b', '@bytes': 'AQ==', value: 1 }, ['payload', 'value']],
  [{ '@type': 'a/b', '@bytes': 'A' }, ['payload', '@bytes']],
  [{ '@type': 'a/toString' }, ['payload', '@type']],
  [{ '@type': 5 }, ['payload', '@type']],
  [{ '@bytes': 'AQ==' }, ['payload', '@bytes']],
  [{ value: 'x' }, ['payload', 'value']],
  ['x', ['payload']],
  [[], ['payload']],
])('[O32][O20] no Any is %j', (payload, path) => {
  expect(refusal('ERR_INVALID_OBJECT', () => Resource.fromJson({ payload })).path).toEqual(path);
});

test('[O32] a payload that is not of its type, and Any in Any without end, are errors', () => {
  for (const type of ['Duration', 'StringValue', 'DoubleValue', 'FloatValue']) {
    const any = { typeUrl: `${google}.${type}`, value: new Uint8Array([0x0a, 5, 1]) };
    expect(refusal('ERR_INVALID_OBJECT', () => Any.toJson(any)).path).toEqual(['value']);
  }
  let json: JsonValue = {};
  let any = Any.from({});
  for (let depth = 0; depth < 3000; depth++) {
    json = { '@type': `${google}.Any`, value: json };
    if (depth < 200) any = Any.from({ typeUrl: `${google}.Any`, value: Any.encode(any) });
  }
  refusal('ERR_INVALID_OBJECT', () => Any.fromJson(json));
  refusal('ERR_INVALID_OBJECT', () => Any.toJson(any));
});

test('[O18] a service with 32-bit floats and a message with 64-bit integers pass through JSON text', () => {
  const service = Service.from({ id: 's', spec: { update: { maxFailureRatio: Math.fround(1 / 3) } } });
  expect(Service.fromJson(JSON.parse(JSON.stringify(Service.toJson(service))) as JsonValue)).toEqual(service);
  expect(hex(messageType('Version').encode(messageType('Version').fromJson({ index: '1e19' }) as never))).toBe(
    '088080a0cfc8e0c8e38a01',
  );
});
