import { expect, jest, test } from '@jest/globals';
import * as main from 'swarmstate';
import * as proto from 'swarmstate/proto';
import { entryExports } from './entry-exports.ts';
import { manifest } from './package-manifest.ts';
import { publicNames } from './public-names.ts';
import { wireNames } from './wire-names.ts';

const wire = wireNames();
const mainExports: Readonly<Record<string, unknown>> = main;
const protoExports: Readonly<Record<string, unknown>> = proto;

/** The source of an entry: `src/kv-etcd.ts` of `swarmstate/kv/etcd`. */
function sourceOf(entry: string): string {
  return `src/${entry.split('/').slice(1).join('-') || 'index'}.ts`;
}

test('[C2] public-names.ts lists the names of every entry', () => {
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json') && path !== './proto');
  expect(Object.keys(publicNames).sort()).toEqual(entries.map((path) => manifest.name + path.slice(1)).sort());
});

test.each(['swarmstate/proto', ...Object.keys(publicNames)])(
  '[C2] the source of %s is a list of names and does nothing',
  (entry) => {
    expect(entryExports(sourceOf(entry)).others).toEqual([]);
  },
);

test.each(Object.entries(publicNames))('[C2][K9] %s exports the listed names, no others', (entry, names) => {
  // The main entry has the enums of proto/ too.
  const isListed = (name: string): boolean => entry !== 'swarmstate' || !wire.enums.has(name);
  const { values, types } = entryExports(sourceOf(entry));
  expect(values.filter(isListed)).toEqual([...names.values].sort());
  expect(types.filter(isListed)).toEqual([...names.types].sort());
  const exported = jest.requireActual<object>(`../../${sourceOf(entry)}`);
  expect(Object.keys(exported).filter(isListed).sort()).toEqual([...names.values].sort());
});

test('[C3] swarmstate/proto has a codec for each message of proto/', () => {
  const incomplete = wire.messages.filter((name) => {
    const codec = protoExports[name] as Readonly<Record<string, unknown>> | undefined;
    return ['encode', 'decode', 'toJson', 'fromJson'].some((method) => typeof codec?.[method] !== 'function');
  });
  expect(incomplete).toEqual([]);
});

test.each([...wire.enums])(
  '[C3] swarmstate and swarmstate/proto have the same enum %s with its numbers',
  (name, numbers) => {
    expect(new Set(Object.values(protoExports[name] as object))).toEqual(new Set(numbers));
    expect(mainExports[name]).toBe(protoExports[name]);
  },
);
