import { ID_INDEX } from '../../src/engine/index/keys.ts';
import type { IndexDeclaration, IndexNumber } from '../../src/engine/index/keys.ts';
import type { TableReader } from '../../src/engine/read/table-reader.ts';

/** The rows of the property tests. `serial` makes each row unique. */
export interface TestRow {
  readonly serial: number;
  readonly single: string | undefined;
  readonly many: readonly string[];
  readonly group: string;
}

export const SINGLE: IndexNumber = 0 as IndexNumber;
export const MANY: IndexNumber = 1 as IndexNumber;
const GROUP = 2 as IndexNumber;

export const INDEXES: readonly IndexDeclaration<TestRow>[] = [
  { name: 'single', keys: (row) => row.single, unchanged: (a, b) => a.single === b.single, ordered: true },
  { name: 'many', keys: (row) => row.many, unchanged: (a, b) => a.many === b.many, ordered: true },
  { name: 'group', keys: (row) => [row.group], unchanged: (a, b) => a.group === b.group, ordered: false },
];

/** The model of a table: a map that is copied for each version. */
export type State = ReadonlyMap<string, TestRow>;

export const IDS: readonly string[] = ['', 'a', 'ab', 'b', '\0', '__proto__', '\u{1F600}', '\uFFFD'];
export const KEYS: readonly string[] = ['', 'a', 'ab', '\u{1F600}', '\uFFFD', 'a\0'];
export const PREFIXES: readonly string[] = ['', 'a', 'ab', 'abc', '\0', '_', '\u{1F600}', '\ud83d', '\uFFFD'];

const byUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function keysOf(index: IndexNumber, id: string, row: TestRow): readonly string[] {
  if (index === ID_INDEX) return [id];
  if (index === MANY) return row.many;
  if (index === GROUP) return [row.group];
  return row.single === undefined ? [] : [row.single];
}

function modelAll(state: State): TestRow[] {
  return [...state].sort(([a], [b]) => byUtf8(a, b)).map(([, row]) => row);
}

function modelFind(state: State, index: IndexNumber, key: string): TestRow[] {
  return modelAll(new Map([...state].filter(([id, row]) => keysOf(index, id, row).includes(key))));
}

export function modelPrefix(state: State, index: IndexNumber, prefix: string): TestRow[] {
  const found: { key: string; id: string; row: TestRow }[] = [];
  for (const [id, row] of state)
    for (const key of keysOf(index, id, row)) if (key.startsWith(prefix)) found.push({ key, id, row });
  found.sort((a, b) => byUtf8(a.key, b.key) || byUtf8(a.id, b.id));
  return [...new Set(found.map(({ row }) => row))];
}

/** Compares every read of a table with the model. */
export function compareReads(what: string, reader: TableReader<TestRow>, state: State): void {
  same(`${what}: size`, [reader.size], [state.size]);
  for (const id of IDS) same(`${what}: get ${JSON.stringify(id)}`, [reader.get(id)], [state.get(id)]);
  same(`${what}: all`, reader.all(), modelAll(state));
  for (const index of [SINGLE, MANY, GROUP]) {
    for (const key of KEYS) {
      const expected = modelFind(state, index, key);
      same(`${what}: find ${index} ${JSON.stringify(key)}`, reader.find(index, key), expected);
      same(`${what}: count ${index} ${JSON.stringify(key)}`, [reader.count(index, key)], [expected.length]);
    }
  }
  for (const index of [ID_INDEX, SINGLE, MANY]) {
    for (const prefix of PREFIXES) {
      const expected = modelPrefix(state, index, prefix);
      same(`${what}: prefix ${index} ${JSON.stringify(prefix)}`, reader.prefix(index, prefix), expected);
      same(
        `${what}: countPrefix ${index} ${JSON.stringify(prefix)}`,
        [reader.countPrefix(index, prefix)],
        [expected.length],
      );
      same(`${what}: scan ${index} ${JSON.stringify(prefix)}`, [...reader.scan(index, prefix)], expected);
    }
  }
}

/** Asserts that two lists have identical members in the same order. */
export function same(what: string, actual: readonly unknown[], expected: readonly unknown[]): void {
  if (actual.length !== expected.length || !actual.every((value, i) => value === expected[i]))
    throw new Error(`${what}\n  gives ${JSON.stringify(actual)}\n  wants ${JSON.stringify(expected)}`);
}
