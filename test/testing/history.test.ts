import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkHistory, HistoryRecorder } from 'swarmstate/testing';
import type { AnomalyName, FinalLists, History, HistoryOperation, HistoryTransaction } from 'swarmstate/testing';
import { explainable } from '../support/explainable.ts';

/** Reads lines such as `c1 1-2 ok a x 1, r x 1 2`: process, call and return, outcome, operations. */
function historyOf(lines: readonly string[], finals: Readonly<Record<string, Record<string, number[]>>> = {}): History {
  const transactions = lines.map((line): HistoryTransaction => {
    const [, process = '', invoked, returned, outcome, rest = ''] =
      /^(\S+) (\d+)-(\d+) (\w+)(?: (.*))?$/.exec(line) ?? [];
    const operations = rest.split(', ').map((text): HistoryOperation => {
      const [type, key = '', ...values] = text.split(' ');
      return type === 'a'
        ? { type: 'append', key, value: Number(values[0]) }
        : { type: 'read', key, values: values.map(Number) };
    });
    return {
      process,
      invoked: Number(invoked),
      returned: Number(returned),
      outcome: outcome as HistoryTransaction['outcome'],
      operations,
      fresh: !process.startsWith('plain'),
    };
  });
  return { transactions, finals: finalsOf(finals) };
}

function finalsOf(finals: Readonly<Record<string, Record<string, number[]>>>): FinalLists[] {
  return Object.entries(finals).map(([member, lists]) => ({ member, lists: new Map(Object.entries(lists)) }));
}

function names(history: History): AnomalyName[] {
  return [...new Set(checkHistory(history).map(({ name }) => name))].sort();
}

interface Golden {
  readonly expected: readonly AnomalyName[];
  readonly bad: readonly string[];
  readonly badFinals?: Record<string, Record<string, number[]>>;
  readonly good: readonly string[];
  readonly goodFinals?: Record<string, Record<string, number[]>>;
}

const goldens: readonly Golden[] = [
  {
    expected: ['internal'],
    bad: ['c1 1-2 ok a x 1, r x'],
    good: ['c1 1-2 ok a x 1, r x 1'],
  },
  {
    expected: ['internal'],
    bad: ['c1 1-2 ok a x 1', 'c2 1-4 ok r x, r x 1'],
    good: ['c1 1-2 ok a x 1', 'c2 1-4 ok r x 1, r x 1'],
  },
  {
    expected: ['duplicate'],
    bad: ['c1 1-2 ok a x 1', 'c2 3-4 ok r x 1 1'],
    good: ['c1 1-2 ok a x 1', 'c2 3-4 ok r x 1'],
  },
  { expected: ['garbage'], bad: ['c1 1-2 ok r x 9'], good: ['c1 1-2 ok r x'] },
  {
    expected: ['G1a'],
    bad: ['c1 1-2 failed a x 1', 'c2 3-4 ok r x 1'],
    good: ['c1 1-2 unknown a x 1', 'c2 3-4 ok r x 1'],
  },
  {
    expected: ['G-single', 'G1b'],
    bad: ['c1 1-4 unknown a x 1, a x 2', 'c2 2-3 ok r x 1'],
    good: ['c1 1-4 unknown a x 1, a x 2', 'c2 2-3 ok r x 1 2'],
  },
  {
    expected: ['future-read'],
    bad: ['c1 1-2 ok r x 1, a y 2, a x 1'],
    good: ['c1 1-2 ok r x, a y 2, a x 1'],
  },
  {
    expected: ['G1a', 'dirty-update'],
    bad: ['c1 1-2 failed a x 1', 'c2 3-4 ok a x 2', 'c3 5-6 ok r x 1 2'],
    good: ['c1 1-2 failed a x 1', 'c2 3-4 ok a x 2', 'c3 5-6 ok r x 2'],
  },
  {
    expected: ['G-single', 'incompatible-order'],
    bad: ['c1 1-9 ok a x 1', 'c2 1-9 ok a x 2', 'c3 1-9 ok r x 1 2', 'c4 1-9 ok r x 2'],
    good: ['c1 1-9 ok a x 1', 'c2 1-9 ok a x 2', 'c3 1-9 ok r x 2 1', 'c4 1-9 ok r x 2'],
  },
  {
    expected: ['diverged', 'incompatible-order'],
    bad: ['c1 1-9 ok a x 1', 'c2 1-9 ok a x 2'],
    badFinals: { m1: { x: [1, 2] }, m2: { x: [2, 1] } },
    good: ['c1 1-9 ok a x 1', 'c2 1-9 ok a x 2'],
    goodFinals: { m1: { x: [2, 1] }, m2: { x: [2, 1] } },
  },
  {
    expected: ['lost-append'],
    bad: ['c1 1-2 ok a x 1'],
    badFinals: { m1: {} },
    good: ['c1 1-2 unknown a x 1'],
    goodFinals: { m1: {} },
  },
  {
    expected: ['G-single', 'lost-update'],
    bad: ['c1 1-9 ok r x, a x 1', 'c2 1-9 ok r x, a x 2'],
    badFinals: { m1: { x: [1, 2] } },
    good: ['c1 1-9 ok r x, a x 1', 'c2 1-9 ok r x 1, a x 2'],
    goodFinals: { m1: { x: [1, 2] } },
  },
  {
    expected: ['G0'],
    bad: ['c1 1-9 ok a x 1, a y 2', 'c2 1-9 ok a x 3, a y 4'],
    badFinals: { m1: { x: [1, 3], y: [4, 2] } },
    good: ['c1 1-9 ok a x 1, a y 2', 'c2 1-9 ok a x 3, a y 4'],
    goodFinals: { m1: { x: [1, 3], y: [2, 4] } },
  },
  {
    expected: ['G1c'],
    bad: ['c1 1-9 ok a x 1, r y 2', 'c2 1-9 ok a y 2, r x 1'],
    good: ['c1 1-9 ok a x 1, r y', 'c2 1-9 ok a y 2, r x 1'],
  },
  {
    expected: ['G-single'],
    bad: ['c1 1-9 ok a x 1, a y 2', 'c2 1-9 ok r x 1, r y', 'c3 10-11 ok r y 2'],
    good: ['c1 1-9 ok a x 1, a y 2', 'c2 1-9 ok r x 1, r y 2', 'c3 10-11 ok r y 2'],
  },
  {
    expected: ['G2'],
    bad: ['c1 1-9 ok r x, a y 1', 'c2 1-9 ok r y, a x 2'],
    badFinals: { m1: { x: [2], y: [1] } },
    good: ['c1 1-9 ok r x, a y 1', 'c2 1-9 ok r y 1, a x 2'],
    goodFinals: { m1: { x: [2], y: [1] } },
  },
  {
    expected: ['session'],
    bad: ['c1 1-2 ok a x 1', 'plain1 3-4 ok r x 1', 'plain1 5-6 ok r x'],
    good: ['c1 1-2 ok a x 1', 'plain1 3-4 ok r x', 'plain1 5-6 ok r x 1'],
  },
  {
    expected: ['stale-read'],
    bad: ['c1 1-2 ok a x 1', 'c2 3-4 ok r x'],
    good: ['c1 1-2 ok a x 1', 'plain1 3-4 ok r x'],
  },
  {
    expected: ['stale-read'],
    bad: ['c1 1-2 ok a x 1', 'c2 3-4 unknown a y 2', 'c3 1-9 ok r x, r y 2'],
    good: ['c1 1-4 ok a x 1', 'c2 3-4 unknown a y 2', 'c3 1-9 ok r x, r y 2'],
  },
];

describe('golden histories', () => {
  test.each(goldens)('[K10] $expected: $bad', ({ expected, bad, badFinals, good, goodFinals }) => {
    expect(names(historyOf(bad, badFinals))).toEqual(expected);
    expect(names(historyOf(good, goodFinals))).toEqual([]);
    // The order of the lines says nothing: only the counter of calls and returns does.
    expect(names(historyOf([...bad].reverse(), badFinals))).toEqual(expected);
    expect(names(historyOf([...good].reverse(), goodFinals))).toEqual([]);
  });

  test('[K10] a value that is appended twice is refused', () => {
    expect(() => checkHistory(historyOf(['c1 1-2 ok a x 1', 'c2 1-2 ok a y 1']))).toThrow(
      'the value 1 is appended twice',
    );
  });

  test('[K10] a message shows the circle with the reason of each step', () => {
    const [anomaly] = checkHistory(historyOf(['c1 1-2 ok a x 1', 'c2 3-4 ok r x']));
    expect(anomaly?.message).toContain('T1 (c2, ok: read x [])\n    before T0 (rw: x: it did not see 1)');
    expect(anomaly?.message).toContain('T0 (c1, ok: append x 1)\n    before T1 (time: it had returned');
  });
});

interface Plan {
  readonly process: number;
  readonly outcome: 'ok' | 'failed' | 'lost' | 'landed';
  readonly early: number;
  readonly late: number;
  readonly operations: readonly { readonly append: boolean; readonly key: string }[];
}

const plans = (most: number): fc.Arbitrary<Plan[]> =>
  fc.array(
    fc.record({
      process: fc.nat(2),
      outcome: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'failed', 'lost', 'landed'),
      early: fc.nat(3),
      late: fc.nat(3),
      operations: fc.array(fc.record({ append: fc.boolean(), key: fc.constantFrom('x', 'y') }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { maxLength: most },
  );

/** Runs the plans one after the other, with calls before and returns after the moment at which each takes effect. */
function serial(plan: readonly Plan[]): History {
  const lists = new Map<string, number[]>([
    ['x', []],
    ['y', []],
  ]);
  let value = 0;
  const transactions = plan.map(({ outcome, early, late, operations }, at): HistoryTransaction => {
    const working = new Map([...lists].map(([key, values]) => [key, [...values]]));
    const done = operations.map(({ append, key }): HistoryOperation => {
      if (!append) return { type: 'read', key, values: [...(working.get(key) ?? [])] };
      value += 1;
      working.get(key)?.push(value);
      return { type: 'append', key, value };
    });
    if (outcome === 'ok' || outcome === 'landed') for (const [key, values] of working) lists.set(key, values);
    return {
      process: `c${at}`,
      invoked: 10 * at - 10 * early + 0.1 * at,
      returned: 10 * at + 10 * late + 5 + 0.1 * at,
      outcome: outcome === 'ok' || outcome === 'failed' ? outcome : 'unknown',
      operations: done,
      fresh: true,
    };
  });
  return { transactions, finals: [{ member: 'm1', lists }] };
}

describe('random histories', () => {
  test('[K11] serial runs with overlapping calls are right', () => {
    fc.assert(
      fc.property(plans(40), (plan) => {
        expect(checkHistory(serial(plan))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  /** One change of a right history. */
  const mutations = fc.record({
    kind: fc.constantFrom('drop', 'swap', 'repeat', 'fail', 'shift', 'final'),
    at: fc.nat(1000),
    other: fc.nat(1000),
  });

  function mutated(
    { transactions, finals }: History,
    { kind, at, other }: { kind: string; at: number; other: number },
  ): History {
    const change = (values: readonly number[]): number[] => {
      const place = at % Math.max(1, values.length);
      if (kind === 'drop') return values.filter((_, index) => index !== place);
      if (kind === 'repeat') return values.flatMap((value, index) => (index === place ? [value, value] : [value]));
      const next = [...values];
      const [one, two] = [next[place], next[other % Math.max(1, values.length)]];
      if (one !== undefined && two !== undefined) [next[place], next[next.indexOf(two)]] = [two, one];
      return next;
    };
    if (kind === 'final') {
      return {
        transactions,
        finals: finals.map(({ member, lists }) => ({
          member,
          lists: new Map([...lists].map(([key, values]) => [key, other % 2 === 0 ? values.slice(0, -1) : values])),
        })),
      };
    }
    const place = at % Math.max(1, transactions.length);
    return {
      finals,
      transactions: transactions.map((transaction, index) => {
        if (index !== place) return transaction;
        if (kind === 'fail') return { ...transaction, outcome: other % 2 === 0 ? 'failed' : 'ok' };
        if (kind === 'shift') {
          const by = 10 * ((other % 9) - 4);
          return { ...transaction, invoked: transaction.invoked + by, returned: transaction.returned + by };
        }
        const reads = transaction.operations.filter(({ type }) => type === 'read');
        const chosen = reads[other % Math.max(1, reads.length)];
        return {
          ...transaction,
          operations: transaction.operations.map((operation) =>
            operation === chosen && operation.type === 'read'
              ? { ...operation, values: change(operation.values) }
              : operation,
          ),
        };
      }),
    };
  }

  test('[K12] an anomaly is found exactly where no order explains the reads', () => {
    let wrong = 0;
    fc.assert(
      fc.property(plans(5), fc.array(mutations, { minLength: 1, maxLength: 2 }), (plan, changes) => {
        const history = changes.reduce(mutated, serial(plan));
        const found = checkHistory(history);
        const right = explainable(history);
        if (!right) wrong += 1;
        expect({ found: found.length > 0, names: right ? found : [] }).toEqual({ found: !right, names: [] });
      }),
      { numRuns: 3000 },
    );
    expect(wrong).toBeGreaterThan(300);
  });
});

describe('HistoryRecorder', () => {
  test('[K13] calls, returns, values and processes', () => {
    const recorder = new HistoryRecorder();
    const first = recorder.begin('c');
    const dropped = first.append('x');
    first.restart();
    const value = first.append('x');
    const second = recorder.begin('d', { fresh: false });
    second.read('x', [value]);
    first.end('unknown');
    first.end('ok');
    second.end('ok');
    recorder.begin('c').append('y');
    const { transactions, finals } = recorder.history([]);
    expect(finals).toEqual([]);
    expect(dropped).not.toBe(value);
    expect(transactions).toEqual([
      {
        process: 'c',
        invoked: 1,
        returned: 3,
        outcome: 'unknown',
        operations: [{ type: 'append', key: 'x', value }],
        fresh: true,
      },
      {
        process: 'd',
        invoked: 2,
        returned: 4,
        outcome: 'ok',
        operations: [{ type: 'read', key: 'x', values: [value] }],
        fresh: false,
      },
      {
        process: 'c/1',
        invoked: 5,
        returned: Number.POSITIVE_INFINITY,
        outcome: 'unknown',
        operations: [{ type: 'append', key: 'y', value: value + 1 }],
        fresh: true,
      },
    ]);
  });

  test('[K13] a process stays the same after other outcomes', () => {
    const recorder = new HistoryRecorder();
    for (const outcome of ['ok', 'failed', 'ok'] as const) recorder.begin('c').end(outcome);
    expect(recorder.history([]).transactions.map(({ process }) => process)).toEqual(['c', 'c', 'c']);
  });
});
