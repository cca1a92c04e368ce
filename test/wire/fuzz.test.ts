import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isStoreError } from '../../src/errors/store-error.ts';
import type { MessageType } from '../../src/wire/codec/message-type.ts';
import { checkProperty } from '../support/property.ts';
import { messageTypes } from './support/codecs.ts';
import { pick, randomInput, randomNumbers } from './support/random-input.ts';

/** Decodes; what is accepted has to encode again, what is refused has to say where. */
function decodeOrRefuse(type: MessageType<object>, bytes: Uint8Array): 'accepted' | 'refused' {
  let message: object;
  try {
    message = type.decode(bytes);
  } catch (error) {
    if (isStoreError(error, 'ERR_INVALID_SNAPSHOT')) return 'refused';
    if (!isStoreError(error, 'ERR_DECODE')) throw error;
    expect(Number.isInteger(error.offset) && error.offset >= 0 && error.offset <= bytes.length).toBe(true);
    expect(error.messageType).toBe(type.typeName);
    return 'refused';
  }
  expect(type.decode(type.encode(message as never))).toEqual(message);
  return 'accepted';
}

test('[O21] random bytes', () => {
  const outcomes = new Set<string>();
  checkProperty(
    fc.property(fc.integer(), fc.uint8Array({ maxLength: 40 }), (seed, bytes) => {
      outcomes.add(decodeOrRefuse(pick(messageTypes, randomNumbers(seed)), bytes));
    }),
    { numRuns: 3000 },
  );
  expect(outcomes).toEqual(new Set(['accepted', 'refused']));
});

test('[O21] valid bytes with some of them changed, removed, repeated or cut off', () => {
  const outcomes = new Set<string>();
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const bytes = [...type.encode(randomInput(type, random, 0.8) as never)];
      for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
        const at = Math.floor(random() * (bytes.length + 1));
        const mutate = pick(
          [
            () => bytes.splice(at, 1, Math.floor(random() * 256)),
            () => bytes.splice(at, Math.floor(random() * 4)),
            () => bytes.splice(at, 0, ...bytes.slice(at, at + Math.floor(random() * 30))),
            () => bytes.splice(at),
            () => bytes.splice(at, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
          ],
          random,
        );
        mutate();
      }
      outcomes.add(decodeOrRefuse(type, new Uint8Array(bytes)));
    }),
    { numRuns: 3000 },
  );
  expect(outcomes).toEqual(new Set(['accepted', 'refused']));
});

test('[O21] two encodings one after the other are a message again', () => {
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const part = (): Uint8Array => type.encode(randomInput(type, random, 0.8) as never);
      expect(decodeOrRefuse(type, new Uint8Array(Buffer.concat([part(), part()])))).toBe('accepted');
    }),
    { numRuns: 500 },
  );
});
