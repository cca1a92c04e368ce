import * as proto from 'swarmstate/proto';
import type { JsonValue } from 'swarmstate/proto';
import { MessageType } from '../../../src/wire/codec/message-type.ts';

/** The types of all messages, by their full names. */
export const messageTypes: readonly MessageType<object>[] = Object.values(proto).filter(
  (value) => value instanceof MessageType,
);

export function messageType(name: string): MessageType<object> {
  const found = messageTypes.find(({ typeName }) => typeName === name || typeName === `docker.swarmkit.v1.${name}`);
  if (found === undefined) throw new Error(`no message ${name}`);
  return found;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** What becomes of a value that is sent as JSON text. */
export function jsonCopy(json: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(json)) as JsonValue;
}
