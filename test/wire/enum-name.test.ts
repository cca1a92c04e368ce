import { expect, test } from '@jest/globals';
import { NodeSpecAvailability, StoreActionKind, TaskState, enumName } from 'swarmstate';
import * as proto from 'swarmstate/proto';
import { refusal } from './support/refusal.ts';

test('[O33] enumName is the name of a number, in both entries', () => {
  const name: keyof typeof TaskState | undefined = enumName(TaskState, 512);
  expect(name).toBe('RUNNING');
  expect(enumName(TaskState, 0)).toBe('NEW');
  expect(enumName(NodeSpecAvailability, NodeSpecAvailability.DRAIN)).toBe('DRAIN');
  expect(enumName(StoreActionKind, 1)).toBe('CREATE');
  expect(enumName(TaskState, 5)).toBeUndefined();
  expect(enumName(TaskState, null as never)).toBeUndefined();
  expect(proto.enumName).toBe(enumName);
});

test.each([null, undefined, 'TaskState', 5])('[O33] %p is no enum', (members) => {
  refusal('ERR_INVALID_OBJECT', () => enumName(members as never, 1));
});
