import { expect, test } from '@jest/globals';
import * as main from 'swarmstate';
import * as proto from 'swarmstate/proto';
import * as testing from 'swarmstate/testing';
import { entryExports } from './entry-exports.ts';
import { publicTypes, publicValues, testingTypes, testingValues } from './public-names.ts';
import { wireNames } from './wire-names.ts';

const wire = wireNames();
const mainExports: Readonly<Record<string, unknown>> = main;
const protoExports: Readonly<Record<string, unknown>> = proto;

test.each(['src/index.ts', 'src/proto.ts', 'src/testing.ts', 'src/cache.ts'])('[C2] %s is a list of names and does nothing', (path) => {
  expect(entryExports(path).others).toEqual([]);
});

test('[C2] swarmstate exports the listed names and the enums, no others', () => {
  const { values, types } = entryExports('src/index.ts');
  expect(values.filter((name) => !wire.enums.has(name))).toEqual([...publicValues].sort());
  expect(types.filter((name) => !wire.enums.has(name))).toEqual([...publicTypes].sort());
  expect(Object.keys(mainExports).sort()).toEqual([...publicValues, ...wire.enums.keys()].sort());
});

test('[K9] swarmstate/testing exports the listed names, no others', () => {
  expect(entryExports('src/testing.ts')).toEqual({ values: [...testingValues].sort(), types: [...testingTypes].sort(), others: [] });
  expect(Object.keys(testing).sort()).toEqual([...testingValues].sort());
});

test('[C3] swarmstate/proto has a codec for each message of proto/', () => {
  const incomplete = wire.messages.filter((name) => {
    const codec = protoExports[name] as Readonly<Record<string, unknown>> | undefined;
    return ['encode', 'decode', 'toJson', 'fromJson'].some((method) => typeof codec?.[method] !== 'function');
  });
  expect(incomplete).toEqual([]);
});

test.each([...wire.enums])('[C3] both entries have the enum %s with its numbers', (name, numbers) => {
  expect(new Set(Object.values(protoExports[name] as object))).toEqual(new Set(numbers));
  expect(mainExports[name]).toBe(protoExports[name]);
});
