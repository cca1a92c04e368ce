import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyMap } from '../../src/engine/index/key-map.ts';
import { OrderedTree } from '../../src/engine/index/ordered-tree.ts';
import { sortInSteps } from '../../src/engine/index/stepwise-sort.ts';
import { compareUtf8, leadOf, Utf8Order } from '../../src/base/text/utf8-order.ts';
import { checkTree } from '../support/engine-invariants.ts';
import { checkProperty } from '../support/property.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A map with a tree that follows it. */
class Followed {
  readonly map = new KeyMap<number>(2 ** 14);
  readonly order = new Utf8Order();
  readonly tree = new OrderedTree(this.map, this.order);

  set(key: string, value: number): void {
    this.map.set(key, value);
    this.order.admit(key);
    this.tree.set(key, value);
  }

  delete(key: string): void {
    const value = this.map.get(key);
    this.map.delete(key);
    this.tree.delete(key, value);
  }

  walk(prefix: string): [string, number][] {
    const found: [string, number][] = [];
    for (const cursor = this.tree.cursor(prefix); cursor.next();) found.push([cursor.key, cursor.value]);
    return found;
  }

  model(prefix: string): [string, number][] {
    return [...this.map]
      .filter(([key]) => key.startsWith(prefix))
      .map((entry) => ({ entry, bytes: Buffer.from(entry[0]) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ entry }) => entry);
  }

  /** Walks equal the model. Texts of thousands of entries are compared in a fraction of the time of the entries. */
  check(...prefixes: readonly string[]): void {
    for (const prefix of prefixes) expect(JSON.stringify(this.walk(prefix))).toBe(JSON.stringify(this.model(prefix)));
  }
}

const units = fc.constantFrom('a', 'b', '\0', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}');
const text = fc.array(units, { maxLength: 3 }).map((parts) => parts.join(''));

describe('the order of UTF-8', () => {
  test('[E6] strings compare as their UTF-8 bytes do', () => {
    checkProperty(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(byBytes(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test('[E6] strings with different leads are in the order of their leads', () => {
    const long = fc.tuple(text, text, text).map((parts) => parts.join(''));
    checkProperty(
      fc.property(fc.constantFrom('', 'a', 'ab~', 'abcdefg', '\x7e', '\x7f', '\x80'), long, long, (start, a, b) => {
        const lead = leadOf(start + a) - leadOf(start + b);
        if (lead !== 0) expect(Math.sign(lead)).toBe(byBytes(start + a, start + b));
      }),
      { numRuns: 1000 },
    );
    expect(leadOf('abcdefa')).toBeLessThan(leadOf('abcdefb'));
  });

  test('[E6] lone surrogates have one position in the order, whatever they are compared with', () => {
    const strings = ['\ud800', '\udc00', '\udfff', '\ud83d', '\u{1F600}', '\uffff', '\ue000', 'a', ''];
    const sorted = [...strings].sort(compareUtf8);
    for (let i = 0; i < sorted.length; i++)
      for (let j = 0; j < sorted.length; j++)
        expect(Math.sign(compareUtf8(sorted[i]!, sorted[j]!))).toBe(Math.sign(i - j));
  });

  test('[E6] a tree stays sorted when its first key with a surrogate is added late', () => {
    const followed = new Followed();
    for (const key of ['\uffff', 'b', '\ue000', 'a']) followed.set(key, 0);
    expect(followed.walk('').map(([key]) => key)).toEqual(['a', 'b', '\ue000', '\uffff']);
    followed.set('\u{10000}', 0);
    followed.set('\ue001', 0);
    expect(followed.walk('').map(([key]) => key)).toEqual(['a', 'b', '\ue000', '\ue001', '\uffff', '\u{10000}']);
  });
});

describe('the tree', () => {
  test('[E7] walks over a tree equal a sorted list while hundreds of keys are added and deleted', () => {
    const key = fc.nat(1500).map((n) => n.toString(7));
    const step = fc.record({
      remove: fc.boolean(),
      first: key,
      count: fc.nat(200),
      stride: fc.constantFrom(1, 1, 3, 11),
    });
    checkProperty(
      fc.property(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.array(key, { minLength: 1, maxLength: 5 }),
        (steps, prefixes) => {
          const followed = new Followed();
          followed.tree.read();
          steps.forEach(({ remove, first, count, stride }, i) => {
            const start = Number.parseInt(first, 7);
            for (let n = start; n < start + count * stride; n += stride) {
              if (remove) followed.delete(n.toString(7));
              else followed.set(n.toString(7), i);
            }
            checkTree('keys', [...followed.map.keys()], followed.map, followed.tree);
            followed.check('', ...prefixes);
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('[E8] a walk over a tree meets every key that stays, whatever is added and deleted between its steps', () => {
    checkProperty(
      fc.property(
        fc.nat(300),
        fc.array(fc.tuple(fc.boolean(), fc.nat(999)), { maxLength: 400, size: 'max' }),
        (every, changes) => {
          const followed = new Followed();
          const name = (n: number): string => `k${String(n).padStart(3, '0')}`;
          const stays = (n: number): boolean => n % 3 === 0;
          for (let n = 0; n < 1000; n++) followed.set(name(n), n);
          const met: number[] = [];
          let next = 0;
          for (const cursor = followed.tree.cursor('k'); cursor.next();) {
            met.push(cursor.value);
            if (met.length % (every + 1) > 0) continue;
            for (const [remove, n] of changes.slice(next, (next += 5))) {
              if (stays(n)) continue;
              if (remove) followed.delete(name(n));
              else followed.set(name(n), n);
            }
          }
          expect(met).toEqual([...met].sort((a, b) => a - b));
          expect(met.filter(stays)).toEqual(Array.from({ length: 334 }, (_, i) => i * 3));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('[E8] a walk over a tree goes on through a bulk load that drops the tree', () => {
    const followed = new Followed();
    for (let n = 0; n < 10; n++) followed.set(`a${n}`, n);
    const cursor = followed.tree.cursor('a');
    expect([cursor.next(), cursor.next(), cursor.key]).toEqual([true, true, 'a1']);
    for (let n = 0; n < 10_000; n++) followed.set(`b${n}`, n);
    expect(followed.tree.built).toBe(false);
    const rest: string[] = [];
    while (cursor.next()) rest.push(cursor.key);
    expect(rest).toEqual(['a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9']);
    expect(followed.tree.built).toBe(true);
    expect(followed.walk('').length).toBe(10_010);
  });

  test('[E7] a tree merges its leaves when its keys are deleted', () => {
    const followed = new Followed();
    followed.tree.read();
    for (let n = 0; n < 4000; n++) followed.set(String(n), n);
    for (let n = 0; n < 4000; n++) if (n % 50 > 0) followed.delete(String(n));
    checkTree('keys', [...followed.map.keys()], followed.map, followed.tree);
    followed.check('');
  });
});

describe('building in steps', () => {
  test('[E18] a tree built in steps, with writes and reads between them, equals a tree built at once', () => {
    const write = fc.tuple(fc.nat(12_000), fc.boolean());
    checkProperty(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 12 }),
        fc.option(fc.nat(10)),
        (size, between, readAt) => {
          const followed = new Followed();
          const keyOf = (number: number): string =>
            `${(number * 7919) % 12_007}${number % 50 === 0 ? '\u{10000}' : number % 31 === 0 ? '\uffff' : ''}`;
          for (let i = 0; i < size; i += 1) followed.set(keyOf(i), i);
          let step = 0;
          for (const _ of followed.tree.buildInSteps()) {
            for (const [number, present] of between[step] ?? []) {
              if (present) followed.set(keyOf(number), 1_000_000 + number);
              else followed.delete(keyOf(number));
            }
            if (step === readAt) followed.check('');
            step += 1;
          }
          expect(followed.tree.built).toBe(true);
          checkTree('keys', [...followed.map.keys()], followed.map, followed.tree);
          followed.check('');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[E18] a key that is deleted and set again while a tree is built in steps is in the tree once', () => {
    const followed = new Followed();
    for (let n = 0; n < 10_000; n++) followed.set(String(n), n);
    const steps = followed.tree.buildInSteps();
    steps.next();
    for (const key of ['0', '77', '9999']) {
      followed.delete(key);
      followed.set(key, -2);
    }
    for (const _ of steps);
    checkTree('keys', [...followed.map.keys()], followed.map, followed.tree);
    followed.check('');
  });

  test('[E18] a tree built in steps has every key once when the map divides its keys meanwhile', () => {
    const followed = new Followed();
    for (let n = 0; n < 15_500; n++) followed.set(String(n), n);
    expect(followed.map.partSizes().length).toBe(1);
    let step = 0;
    for (const _ of followed.tree.buildInSteps()) {
      if (step++ > 0) continue;
      for (const key of ['0', '9', '15499']) followed.delete(key);
      for (const key of ['new', '9', ...Array.from({ length: 900 }, (__, n) => `x${n}`)]) followed.set(key, -2);
      expect(followed.map.partSizes().length).toBe(32);
    }
    checkTree('keys', [...followed.map.keys()], followed.map, followed.tree);
    followed.check('');
  });

  test('[E18] each step of sorting in steps handles a bounded number of keys', () => {
    const compared: number[] = [];
    let comparisons = 0;
    const count = (a: string, b: string): number => {
      comparisons += 1;
      return a < b ? -1 : 1;
    };
    const texts = Array.from({ length: 60_000 }, (_, i) => `${(i * 7919) % 60_013}`);
    for (const _ of sortInSteps(texts, texts.length, count, (part) => void part.sort(count))) {
      compared.push(comparisons);
      comparisons = 0;
    }
    expect(compared.length).toBeGreaterThan(30);
    expect(Math.max(...compared)).toBeLessThan(12_000 * 16);
  });
});
