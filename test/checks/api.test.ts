import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { Declarations } from '../../scripts/check/api/declarations.ts';
import { apiReports } from '../../scripts/check/api/report.ts';

const entries = [
  { specifier: 'swarmstate', source: 'src/index.ts' },
  { specifier: 'swarmstate/kv', source: 'src/kv.ts' },
];

const sources = {
  'src/index.ts': `
    export { Store } from './store/store.ts';
    export type { Named, Row } from './store/row.ts';`,
  'src/kv.ts': `
    export { Row as KvRow } from './store/row.ts';
    export { open } from './kv/open.ts';`,
  'src/kv/open.ts': `
    import type { Row } from '../store/row.ts';
    export function open(name: string): Row;
    export function open(name: string, row: Row): Row;
    export function open(name: string, row?: Row): Row { return row ?? { name }; }`,
  'src/store/row.ts': `
    /** A row. */
    export interface Row extends Named { readonly size?: number }
    export interface Named { readonly name: string }
    export const Row: { readonly make: (name: string) => Row } = { make: (name) => ({ name }) };`,
  'src/store/store.ts': `
    import type { Row } from './row.ts';
    import type { Hidden } from './hidden.ts';
    export class Store { readonly #rows: Row[] = []; find(options: Hidden): Row | undefined { return this.#rows[options.at]; } }`,
  'src/store/hidden.ts': `
    export interface Hidden { readonly at: Place }
    type Place = number;
    export const unused: number = 1;`,
};

function reports(changes: Readonly<Record<string, string>> = {}): readonly string[] {
  const files = new Map(Object.entries({ ...sources, ...changes }));
  return apiReports(entries, new Declarations(resolve(__dirname, '../..'), files)).map(({ text }) => text);
}

test('[H5] the report of an entry has the signatures of its exports, and of the types that these need', () => {
  const [main = '', kv = ''] = reports();
  expect(main).toContain('class Store {\n    #private;\n    find(options: Hidden): Row | undefined;\n}');
  expect(main).toContain('- `type Row` of `swarmstate/kv`');
  expect(main).toMatch(/## Not exported[^]*interface Hidden \{\n {4}readonly at: Place;\n\}\n\ntype Place = number;/);
  expect(main).not.toContain('unused');
  expect(kv).toContain('function open(name: string): Row;\nfunction open(name: string, row: Row): Row;');
  expect(kv).toMatch(/\/\/ exported as KvRow\ninterface Row extends Named \{[^]*\}\nconst Row: \{/);
  expect(kv).not.toContain('A row.');
});

test('[H5] a changed signature changes the report, a changed body does not', () => {
  const before = reports();
  const open = sources['src/kv/open.ts'];
  expect(reports({ 'src/kv/open.ts': open.replace('row ?? { name }', '{ name }') })).toEqual(before);
  expect(reports({ 'src/kv/open.ts': open.replace('(name: string): Row;', '(name?: string): Row;') })).not.toEqual(
    before,
  );
  const hidden = sources['src/store/hidden.ts'].replace('Place = number', 'Place = string');
  expect(reports({ 'src/store/hidden.ts': hidden })).not.toEqual(before);
});
