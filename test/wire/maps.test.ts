import { afterEach, expect, test } from '@jest/globals';
import { Immer } from 'immer';
import { Driver, Task } from 'swarmstate/proto';
import type { JsonValue } from 'swarmstate/proto';
import { compareUtf8 } from '../../src/base/text/utf8-order.ts';
import { hex, jsonCopy } from './support/codecs.ts';

const awkward = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  '10',
  '9',
  '\0',
  '😀',
  '\uffff',
];

function mapOf(keys: readonly string[]): { [key: string]: string } {
  const map = Object.create(null) as { [key: string]: string };
  for (const key of keys) map[key] = `value of ${key}`;
  return map;
}

afterEach(() => {
  expect(({} as { readonly [key: string]: unknown })['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('[O23] every string is an ordinary key, in inputs, on the wire and in JSON', () => {
  const given = Driver.from({ options: mapOf(awkward) });
  const decoded = Driver.decode(Driver.encode(given));
  const parsed = Driver.fromJson(jsonCopy(Driver.toJson(given)));
  for (const driver of [given, decoded, parsed]) {
    expect(Object.keys(driver.options).sort()).toEqual([...awkward].sort());
    for (const key of awkward) expect(driver.options[key]).toBe(`value of ${key}`);
    expect(driver.options['valueOf']).toBeUndefined();
  }
});

test('[O23] an own __proto__ of a plain object is a key like any other', () => {
  const labels = JSON.parse('{"__proto__":"polluted","a":"b"}') as { [key: string]: string };
  const task = Task.from({ id: 'x', annotations: { labels } });
  expect(Object.keys(task.annotations.labels)).toEqual(['__proto__', 'a']);
  expect(Object.getPrototypeOf(task.annotations.labels)).toBe(null);
});

test('[O23] no message takes its members from JSON that names a prototype', () => {
  expect(() => Task.fromJson(JSON.parse('{"__proto__":{"polluted":1}}') as JsonValue)).toThrow('__proto__');
  expect(() => Task.fromJson(JSON.parse('{"constructor":{"prototype":{"polluted":1}}}') as JsonValue)).toThrow(
    'constructor',
  );
});

test('[O23] a recipe may use any key', () => {
  const driver = Driver.from({ name: 'd', options: mapOf(['__proto__', 'a']) });
  const edited = new Immer().produce(driver, (draft) => {
    const options = draft.options as { [key: string]: string };
    expect(options['__proto__']).toBe('value of __proto__');
    options['__proto__'] = 'polluted';
    options['constructor'] = 'new';
    delete options['a'];
  });
  const result = Driver.from(edited, driver);
  expect(Object.keys(result.options)).toEqual(['__proto__', 'constructor']);
  expect(result.options['__proto__']).toBe('polluted');
});

test('[O14] map entries are written in the order of the UTF-8 bytes of their keys', () => {
  const keys = ['\u{10000}', '\uffff', '\ue000', 'é', 'z', 'a', 'ab', '', '10', '9', '\ud7ff'];
  const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...keys].sort(compareUtf8)).toEqual(sorted);
  const bytes = hex(Driver.encode({ options: mapOf(keys) }));
  const places = sorted.map((key) => bytes.indexOf(hex(Buffer.from(`value of ${key}`))));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});
