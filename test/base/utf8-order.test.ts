import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareUtf8, leadOf } from '../../src/base/text/utf8-order.ts';
import { checkProperty } from '../support/property.ts';

/** Texts of the characters around the last one that a lead tells apart. */
const text = fc
  .array(fc.constantFrom('\0', 'a', '~', '\x7f', '\x80', 'é', '\ud7ff', '\ue000', '𐀀'), { maxLength: 9 })
  .map((letters) => letters.join(''));

test('[E6] texts are compared as their UTF-8 bytes, and a lower lead comes first', () => {
  checkProperty(
    fc.property(text, text, (a, b) => {
      const order = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(Math.sign(compareUtf8(a, b))).toBe(order);
      if (leadOf(a) !== leadOf(b)) expect(Math.sign(leadOf(a) - leadOf(b))).toBe(order);
    }),
  );
});

test('[E6] the character U+007F hides what is behind it, as all higher characters do', () => {
  expect(leadOf('\x7fb')).toBe(leadOf('\x80a'));
  expect(leadOf('~b')).toBeLessThan(leadOf('\x7fa'));
  expect(leadOf('\x7eb')).toBeGreaterThan(leadOf('\x7ea'));
});
