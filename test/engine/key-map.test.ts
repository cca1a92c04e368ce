import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyMap } from '../../src/engine/index/key-map.ts';
import { checkProperty } from '../support/property.ts';

/** The most keys that the maps of these tests have in one `Map`. */
const UNDIVIDED = 2 ** 10;
/** The number of keys at which such a map begins to divide them. */
const BEGINNING = 960;
const ODD_KEYS = [
  '',
  '\0',
  'a',
  'b',
  'ab',
  'ba',
  'abc',
  'abcd',
  'abcdefg',
  'abcdefgh',
  '\ud800',
  '\udc00',
  '\ud800a',
  '\u{1F600}',
  '__proto__',
];

function filled(
  size: number,
  keyOf: (number: number) => string = String,
  undivided: number | undefined = UNDIVIDED,
): KeyMap<number> {
  const map = new KeyMap<number>(undivided);
  for (let number = 0; number < size; number++) map.set(keyOf(number), number);
  return map;
}

/** Random letters and digits, the same ones in each run. */
function* identifiers(): Generator<string, never> {
  for (let count = 0; ;) {
    let id = '';
    while (id.length < 24) {
      let state = Math.imul(++count, 0x9e3779b1);
      state = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      state = Math.imul(state ^ (state >>> 15), 0x735a2d97);
      id += ((state ^ (state >>> 15)) >>> 0).toString(36).padStart(7, '0').slice(1);
    }
    yield id;
  }
}

function largestPart(map: KeyMap<unknown>): number {
  return Math.max(...map.partSizes());
}

describe('a map of keys', () => {
  test('[E20] a KeyMap does what a Map does, before, while and after its keys are divided', () => {
    const key = fc.oneof(
      fc.nat(UNDIVIDED + 20).map(String),
      fc.constantFrom(...ODD_KEYS),
      fc.string({ unit: 'binary' }),
    );
    const step = fc.tuple(fc.constantFrom('set', 'set', 'delete'), key);
    checkProperty(
      fc.property(
        fc.integer({ min: -80, max: 4 }),
        fc.array(step, { maxLength: 120, size: 'max' }),
        (around, steps) => {
          const model = new Map<string, number>();
          const map = new KeyMap<number>(UNDIVIDED);
          const same = (name: string): void => {
            expect([map.size, map.has(name), map.get(name)]).toEqual([model.size, model.has(name), model.get(name)]);
          };
          for (let number = 0; number < UNDIVIDED + around; number++) {
            model.set(String(number), number);
            map.set(String(number), number);
          }
          steps.forEach(([what, name], value) => {
            if (what === 'set') {
              model.set(name, value);
              map.set(name, value);
            } else expect(map.delete(name)).toBe(model.delete(name));
            same(name);
          });
          ODD_KEYS.forEach(same);
          // Jest compares maps of another order in quadratic time.
          const byKey = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1);
          expect(JSON.stringify([...map].sort(byKey))).toBe(JSON.stringify([...model].sort(byKey)));
          expect(JSON.stringify([...map.keys()].sort())).toBe(JSON.stringify([...model.keys()].sort()));
          for (const [name, value] of model) if (map.get(name) !== value || !map.has(name)) same(name);
          expect(map.partSizes().reduce((sum, size) => sum + size)).toBe(model.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[E20] a KeyMap divides its keys in small steps before its Map is full, and for good', () => {
    const map = filled(BEGINNING - 1);
    map.set('5', -5);
    expect(map.partSizes()).toEqual([BEGINNING - 1]);
    let sets = 0;
    for (; map.partSizes().length === 1; sets++) map.set(`more${sets}`, sets);
    expect(sets).toBeGreaterThan(UNDIVIDED / 32);
    expect(sets).toBeLessThan(UNDIVIDED - BEGINNING);
    expect(map.partSizes().length).toBe(32);
    expect([map.size, map.get('5'), map.get('more0')]).toEqual([BEGINNING - 1 + sets, -5, 0]);
    for (const key of map.keys()) map.delete(key);
    expect([map.size, [...map], map.partSizes().every((size) => size === 0)]).toEqual([0, [], true]);
    map.set('', 7);
    expect([...map]).toEqual([['', 7]]);
  });

  test('[E20] keys that are deleted or set while a KeyMap divides them have the value that was set last', () => {
    const map = filled(BEGINNING);
    for (let number = 0; number < 900; number++) map.delete(String(number));
    expect(map.partSizes()).toEqual([BEGINNING - 900]);
    for (let number = 0; number < 900; number += 2) map.set(String(number), -number);
    expect(map.partSizes().length).toBe(32);
    for (let number = 0; number < BEGINNING; number++)
      expect(map.get(String(number))).toBe(number >= 900 ? number : number % 2 === 0 ? -number : undefined);
  });

  test('[E20] a walk over a KeyMap that divides its keys meets each key that stays once, and no deleted key', () => {
    const stays = (number: number): boolean => number % 3 === 0;
    const write = fc.tuple(fc.boolean(), fc.nat(UNDIVIDED + 200));
    checkProperty(
      fc.property(
        fc.integer({ min: UNDIVIDED - 300, max: UNDIVIDED + 300 }),
        fc.array(write, { maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 200 }),
        (size, writes, every) => {
          const map = filled(size);
          const gone = new Set<string>();
          const met: string[] = [];
          const wrong: string[] = [];
          let next = 0;
          for (const [key, value] of map) {
            if (gone.has(key) || map.get(key) !== value) wrong.push(key);
            met.push(key);
            if (met.length % every > 0) continue;
            const divide = next === 0 ? Array.from({ length: 400 }, (_, i): [boolean, number] => [true, size + i]) : [];
            for (const [present, number] of [...divide, ...writes.slice(next, (next += 40))]) {
              if (stays(number)) continue;
              const name = String(number);
              if (present) map.set(name, -number);
              else map.delete(name);
              if (present) gone.delete(name);
              else gone.add(name);
            }
          }
          expect(wrong).toEqual([]);
          const stayed = met.map(Number).filter(stays);
          const expected = Array.from({ length: Math.ceil(size / 3) }, (_, i) => i * 3);
          expect(String(stayed.sort((a, b) => a - b))).toBe(String(expected));
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the parts', () => {
  const ids = identifiers();
  const padded = (number: number): string => String(number).padStart(6, '0');
  const kinds: readonly (readonly [string, (number: number) => string])[] = [
    ['counters', String],
    ['counters of one length', (number) => String(number).padStart(9, '0')],
    ['counters at the end', (number) => `service-${padded(number)}`],
    ['counters at the beginning', (number) => `${number}-service`],
    ['counters in base 36', (number) => number.toString(36)],
    ['hexadecimal counters', (number) => number.toString(16).padStart(8, '0')],
    [
      'counters of two units beyond ASCII',
      (number) => String.fromCharCode(0x4e00 + (number % 500), 0x4e00 + Math.floor(number / 500)),
    ],
    ['random ids', () => ids.next().value],
    ['random ids behind a name', (number) => `service-${padded(number % 1000)}.${number % 7}.${ids.next().value}`],
    ['random ids behind what all have', () => `common-prefix-${ids.next().value}`],
    ['random ids before what all have', () => `${ids.next().value}-common-suffix`],
    ['random ids before a small number', (number) => `${ids.next().value}\0${number % 4}`],
  ];

  test.each(kinds)('[E20] each part of a KeyMap gets its share of the keys: %s', (_, keyOf) => {
    const map = filled(100_000, keyOf, 2 ** 14);
    expect(largestPart(map)).toBeLessThan((3 * map.size) / 32);
  });

  test('[E20] a new key among a million makes a KeyMap move at most some tens of thousands of others', () => {
    // No key is deleted. So the size of a part is the most that a new key of it ever moved, once keys are divided.
    const random = filled(1_000_000, () => ids.next().value, 2 ** 17);
    const counted = filled(1_000_000, (number) => `service-${padded(number)}`, 2 ** 17);
    for (const map of [random, counted]) {
      expect(map.size).toBe(1_000_000);
      expect(largestPart(map)).toBeLessThan(3 * 2 ** 15);
    }
  });

  test('[E20] a KeyMap finds keys that are all in one part', () => {
    const map = filled(UNDIVIDED + 1000, (number) => `same${padded(number)}same`);
    expect(largestPart(map)).toBe(map.size);
    expect([map.get('same000999same'), map.get('same002023same'), map.get('same002024same')]).toEqual([
      999,
      2023,
      undefined,
    ]);
  });
});
