import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { IndexNumber } from '../../src/engine/index/keys.ts';
import { RowColumns } from '../../src/engine/rows/row-columns.ts';
import type { RowNumber } from '../../src/engine/rows/row-number.ts';
import { checkProperty } from '../support/property.ts';

const INDEXES = 3;
/** A few chunks. */
const ROWS = 5000;
const MANY_ROWS = 1_000_000;
const BYTES_PER_ROW = 8 + INDEXES * 4;

/** The lengths of the typed arrays that are made while `work` runs. */
function lengthsMade(work: () => void): number[] {
  const lengths: number[] = [];
  const real = { Float64Array, Int32Array };
  const counting = <T extends typeof Float64Array | typeof Int32Array>(type: T): T =>
    new Proxy(type, {
      construct: (target, given: readonly unknown[]) => {
        const made = Reflect.construct(target, given) as InstanceType<T>;
        lengths.push(made.length);
        return made;
      },
    });
  Object.assign(globalThis, { Float64Array: counting(Float64Array), Int32Array: counting(Int32Array) });
  try {
    work();
  } finally {
    Object.assign(globalThis, real);
  }
  return lengths;
}

/** Makes room for the rows from `from` to below `to`. */
function grow(columns: RowColumns, from: number, to: number): void {
  for (let position = from; position < to; position++) columns.reach(position as RowNumber);
}

describe('columns of rows', () => {
  test('[E21] columns give the numbers that were set last, 0 before, however many rows come in between', () => {
    const numbers = fc.array(
      fc.record({
        added: fc.nat(400),
        pick: fc.nat(ROWS),
        version: fc.maxSafeNat(),
        index: fc.nat(INDEXES - 1),
        position: fc.nat(2 ** 31 - 1),
      }),
      { maxLength: 60 },
    );
    checkProperty(
      fc.property(numbers, (steps) => {
        const columns = new RowColumns(INDEXES);
        const versions: number[] = [];
        const positions: number[][] = [];
        for (const { added, pick, version, index, position } of steps) {
          for (let count = 0; count <= added && versions.length < ROWS; count++) {
            columns.reach(versions.length as RowNumber);
            versions.push(0);
            positions.push(new Array<number>(INDEXES).fill(0));
          }
          const row = (pick % versions.length) as RowNumber;
          columns.reach(row);
          columns.setVersion(row, version);
          versions[row] = version;
          columns.setPosition(row, index as IndexNumber, position);
          positions[row]![index] = position;
        }
        expect(versions.map((_, row) => columns.version(row as RowNumber))).toEqual(versions);
        expect(
          positions.map((own, row) => own.map((_, index) => columns.position(row as RowNumber, index as IndexNumber))),
        ).toEqual(positions);
      }),
    );
  });

  test('[E21] from a thousand rows on, columns grow by chunks of one length', () => {
    const columns = new RowColumns(INDEXES);
    const early = lengthsMade(() => {
      grow(columns, 0, 1024);
    });
    expect([Math.min(...early), Math.max(...early)]).toEqual([16, 1024 * INDEXES]);
    const late = lengthsMade(() => {
      grow(columns, 1024, ROWS);
    });
    expect(new Set(late)).toEqual(new Set([1024, 1024 * INDEXES]));
    expect(late).toHaveLength(2 * Math.ceil((ROWS - 1024) / 1024));
  });

  test('[E21] V8 does not count the memory of the columns of a million rows', () => {
    const columns = new RowColumns(INDEXES);
    const before = process.memoryUsage();
    grow(columns, 0, MANY_ROWS);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeGreaterThan(MANY_ROWS * BYTES_PER_ROW * 0.9);
    expect(after.external - before.external).toBeLessThan(MANY_ROWS * BYTES_PER_ROW * 0.1);
    expect(columns.position((MANY_ROWS - 1) as RowNumber, (INDEXES - 1) as IndexNumber)).toBe(0);
  });
});
