import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Database } from '../../src/engine/database.ts';
import type { Savepoint } from '../../src/engine/database.ts';
import { ID_INDEX } from '../../src/engine/index/keys.ts';
import type { IndexNumber } from '../../src/engine/index/keys.ts';
import type { PreparedState } from '../../src/engine/prepared-state.ts';
import type { Snapshot } from '../../src/engine/rows/snapshot.ts';
import type { Table } from '../../src/engine/table.ts';
import { assertInvariants } from '../support/engine-invariants.ts';
import { checkProperty } from '../support/property.ts';
import { compareReads, IDS, INDEXES, KEYS, MANY, modelPrefix, PREFIXES, same, SINGLE } from './model.ts';
import type { State, TestRow } from './model.ts';

type Step =
  | {
      readonly do: 'write';
      readonly table: number;
      readonly id: string;
      readonly fresh: Fresh;
      readonly keep: number;
      readonly remove: boolean;
    }
  | { readonly do: 'load'; readonly table: number; readonly id: string; readonly fresh: Fresh }
  | { readonly do: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'check' | 'snapshot' | 'prepare' | 'adopt' }
  | { readonly do: 'rollbackTo' | 'close' | 'step'; readonly pick: number }
  | {
      readonly do: 'scan';
      readonly pick: number;
      readonly table: number;
      readonly index: IndexNumber;
      readonly prefix: string;
    };

type Fresh = Omit<TestRow, 'serial'>;

const pick = fc.nat(1000);
const table = fc.nat(1);
const fresh: fc.Arbitrary<Fresh> = fc.record({
  single: fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
  many: fc.array(fc.constantFrom(...KEYS), { maxLength: 4 }),
  group: fc.constantFrom('a', 'ab'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      table,
      id: fc.constantFrom(...IDS),
      fresh,
      keep: fc.nat(7),
      remove: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('begin', 'commit', 'commit', 'rollback', 'savepoint', 'check', 'snapshot', 'snapshot'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('load' as const), table, id: fc.constantFrom(...IDS), fresh }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('prepare', 'adopt', 'adopt') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('rollbackTo', 'close', 'step', 'step'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('scan' as const),
      pick,
      table,
      index: fc.constantFrom(ID_INDEX, SINGLE, MANY),
      prefix: fc.constantFrom(...PREFIXES),
    }),
  },
);

type States = readonly [State, State];

interface OpenScan {
  readonly snapshot: Snapshot;
  readonly rows: Iterator<TestRow>;
  readonly expected: readonly TestRow[];
  next: number;
}

/**
 * Runs steps on a database and on the model side by side. A step that is impossible in the present state does nothing.
 */
class Run {
  readonly #database = new Database();
  readonly #tables: readonly [Table<TestRow>, Table<TestRow>];
  #serial = 0;
  #committed: States = [new Map(), new Map()];
  /** The state that the open transaction sees. */
  #current: States = this.#committed;
  #savepoints: { readonly at: Savepoint; readonly states: States }[] = [];
  readonly #snapshots: { readonly snapshot: Snapshot; readonly states: States }[] = [];
  readonly #scans: OpenScan[] = [];
  #prepared:
    | { readonly state: PreparedState; readonly states: readonly [Map<string, TestRow>, Map<string, TestRow>] }
    | undefined;
  adoptions = 0;

  constructor() {
    this.#tables = [this.#database.addTable('first', INDEXES), this.#database.addTable('second', INDEXES)];
  }

  do(step: Step): void {
    switch (step.do) {
      case 'write':
        return this.#write(step);
      case 'begin':
        return this.#begin();
      case 'commit':
        if (!this.#database.writing) return;
        this.#database.commit();
        this.#committed = this.#current;
        return;
      case 'rollback':
        if (!this.#database.writing) return;
        this.#database.rollback();
        this.#current = this.#committed;
        return;
      case 'savepoint':
        if (!this.#database.writing) return;
        this.#savepoints.push({ at: this.#database.savepoint(), states: this.#current });
        return;
      case 'rollbackTo':
        return this.#rollbackTo(step.pick);
      case 'snapshot':
        this.#snapshots.push({ snapshot: this.#database.snapshot(), states: this.#committed });
        return;
      case 'close':
        this.#snapshots.splice(step.pick % Math.max(this.#snapshots.length, 1), 1)[0]?.snapshot.close();
        return;
      case 'scan':
        return this.#scan(step.pick, step.table, step.index, step.prefix);
      case 'step':
        return this.#stepScan(step.pick);
      case 'prepare':
        this.#prepared = { state: this.#database.prepare(), states: [new Map(), new Map()] };
        return;
      case 'load':
        return this.#load(step);
      case 'adopt':
        return this.#adopt();
      case 'check':
        return this.check();
    }
  }

  check(): void {
    assertInvariants(this.#database);
    this.#tables.forEach((table, t) => {
      compareReads('newest', table.head, this.#current[t]!);
      this.#snapshots.forEach(({ snapshot, states }, i) =>
        compareReads(`snapshot ${i}`, table.at(snapshot), states[t]!),
      );
    });
    assertInvariants(this.#database);
  }

  /** Closes all that is open, and checks that nothing is left. */
  end(): void {
    this.do({ do: 'rollback' });
    this.check();
    while (this.#snapshots.length > 0) this.do({ do: 'close', pick: 0 });
    this.check();
    expect(this.#database.openSnapshots).toBe(0);
    expect(this.#tables.map((table) => table.head.size)).toEqual(this.#committed.map((state) => state.size));
  }

  #begin(): void {
    if (this.#database.writing) return;
    this.#database.begin();
    this.#savepoints = [];
  }

  #write({ table: t, id, fresh, keep, remove }: Step & { do: 'write' }): void {
    this.#begin();
    const table = this.#tables[t]!;
    const state = new Map(this.#current[t]);
    const before = state.get(id);
    if (remove) {
      same('remove', [table.remove(id)], [before]);
      state.delete(id);
    } else if (before === undefined) {
      const row = { ...fresh, serial: this.#serial++ };
      table.insert(id, row);
      state.set(id, row);
    } else {
      // Bits of `keep` say which fields stay what they are, the very same objects.
      const row: TestRow = {
        serial: this.#serial++,
        single: keep & 1 ? before.single : fresh.single,
        many: keep & 2 ? before.many : fresh.many,
        group: keep & 4 ? before.group : fresh.group,
      };
      same('replace', [table.replace(id, row)], [before]);
      state.set(id, row);
    }
    this.#current = t === 0 ? [state, this.#current[1]] : [this.#current[0], state];
  }

  #load({ table: t, id, fresh }: Step & { do: 'load' }): void {
    if (this.#prepared === undefined) this.do({ do: 'prepare' });
    const { state, states } = this.#prepared!;
    const row = { ...fresh, serial: this.#serial++ };
    states[t]!.set(id, row);
    const table = state.of(this.#tables[t]!);
    const position = table.load(id, row);
    // What comes after this is indexed at once.
    if (row.serial % 5 === 0 && !state.finished) for (const _ of state.finish());
    same('the row at its position', [[...table.rows()][position], table.get(id)], [row, row]);
  }

  #adopt(): void {
    if (this.#prepared === undefined || (this.#database.writing && this.#database.changeCount > 0)) return;
    if (!this.#database.writing) this.#database.begin();
    const { state, states } = this.#prepared;
    this.#tables.forEach((table, t) => {
      same('prepared rows', [...state.of(table).rows()], [...states[t]!.values()]);
    });
    if (!state.finished) for (const _ of state.finish());
    this.#database.adopt(state);
    this.#committed = this.#current = states;
    this.#prepared = undefined;
    this.adoptions++;
  }

  #rollbackTo(pick: number): void {
    if (!this.#database.writing || this.#savepoints.length === 0) return;
    const index = pick % this.#savepoints.length;
    const { at, states } = this.#savepoints[index]!;
    this.#database.rollbackTo(at);
    this.#savepoints.length = index + 1;
    this.#current = states;
  }

  #scan(pick: number, t: number, index: IndexNumber, prefix: string): void {
    const chosen = this.#snapshots[pick % Math.max(this.#snapshots.length, 1)];
    if (chosen === undefined) return;
    const { snapshot, states } = chosen;
    const rows = this.#tables[t]!.at(snapshot).scan(index, prefix);
    this.#scans.push({ snapshot, rows, expected: modelPrefix(states[t]!, index, prefix), next: 0 });
  }

  #stepScan(pick: number): void {
    const index = pick % Math.max(this.#scans.length, 1);
    const scan = this.#scans[index];
    if (scan === undefined) return;
    if (scan.snapshot.closed) {
      expect(() => scan.rows.next()).toThrow('closed');
      this.#scans.splice(index, 1);
      return;
    }
    const { done, value } = scan.rows.next() as IteratorResult<TestRow, undefined>;
    same('a step of a scan', [value], [scan.expected[scan.next++]]);
    if (done === true) this.#scans.splice(index, 1);
  }
}

describe('random transactions and snapshots, against a map copied per version', () => {
  const runSteps = (steps: readonly Step[], every: number): number => {
    const run = new Run();
    steps.forEach((step, i) => {
      run.do(step);
      if (i % every === 0) run.check();
    });
    run.end();
    return run.adoptions;
  };

  test('[E1] every read of the newest state and of every snapshot equals the model', () => {
    checkProperty(
      fc.property(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.integer({ min: 2, max: 9 }),
        (steps, every) => void runSteps(steps, every),
      ),
      { numRuns: 250 },
    );
  });

  test('[E4] reads equal the model through long histories with many snapshots', () => {
    checkProperty(
      fc.property(
        fc.array(step, { minLength: 150, maxLength: 300, size: 'max' }),
        fc.constant(40),
        (steps, every) => void runSteps(steps, every),
      ),
      { numRuns: 40 },
    );
  });

  test('[E19] a prepared state replaces all tables in one step, and open snapshots stay exact', () => {
    let adoptions = 0;
    const often = fc.oneof(
      { weight: 3, arbitrary: step },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('adopt', 'snapshot') }) },
    );
    checkProperty(
      fc.property(
        fc.array(often, { minLength: 30, maxLength: 90, size: 'max' }),
        fc.integer({ min: 3, max: 15 }),
        (steps, every) => {
          adoptions += runSteps(steps, every);
        },
      ),
      { numRuns: 120 },
    );
    expect(adoptions).toBeGreaterThan(100);
  });
});
