import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RowColumns } from '../../src/engine/rows/row-columns.ts';
import { checkProperty } from '../support/property.ts';

const INDEXES = 3;
/** A few pieces. */
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

describe('columns of rows', () => {
  test('[E21] numbers are those that were set last, 0 before, however many rows come in between', () => {
    const numbers = fc.array(
      fc.record({
        grow: fc.nat(400),
        row: fc.nat(ROWS),
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
        for (const { grow, row: pick, version, index, position } of steps) {
          for (let count = 0; count <= grow && versions.length < ROWS; count++) {
            columns.reach(versions.length);
            versions.push(0);
            positions.push(new Array<number>(INDEXES).fill(0));
          }
          const row = pick % versions.length;
          columns.reach(row);
          columns.setVersion(row, version);
          versions[row] = version;
          columns.setPosition(row, index, position);
          positions[row]![index] = position;
        }
        expect(versions.map((_, row) => columns.version(row))).toEqual(versions);
        expect(positions.map((own, row) => own.map((_, index) => columns.position(row, index)))).toEqual(positions);
      }),
    );
  });

  test('[E21] from a thousand rows on, memory grows by pieces of one length', () => {
    const columns = new RowColumns(INDEXES);
    const early = lengthsMade(() => {
      for (let row = 0; row < 1024; row++) columns.reach(row);
    });
    expect([Math.min(...early), Math.max(...early)]).toEqual([16, 1024 * INDEXES]);
    const late = lengthsMade(() => {
      for (let row = 1024; row < ROWS; row++) columns.reach(row);
    });
    expect(new Set(late)).toEqual(new Set([1024, 1024 * INDEXES]));
    expect(late).toHaveLength(2 * Math.ceil((ROWS - 1024) / 1024));
  });

  test('[E21] memory for more rows is none that V8 begins collections for', () => {
    const columns = new RowColumns(INDEXES);
    const before = process.memoryUsage();
    for (let row = 0; row < MANY_ROWS; row++) columns.reach(row);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeGreaterThan(MANY_ROWS * BYTES_PER_ROW * 0.9);
    expect(after.external - before.external).toBeLessThan(MANY_ROWS * BYTES_PER_ROW * 0.1);
    expect(columns.position(MANY_ROWS - 1, INDEXES - 1)).toBe(0);
  });
});
