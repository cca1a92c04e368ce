import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RowColumns } from '../../src/engine/row-columns.ts';
import { checkProperty } from '../support/property.ts';

const INDEXES = 3;
/** A few pieces. */
const ROWS = 5000;

/** What the constructors of typed arrays are asked for while `work` runs: the lengths. */
function lengthsMade(work: () => void): number[] {
  const lengths: number[] = [];
  const real = { Float64Array, Int32Array };
  const counting = <T extends typeof Float64Array | typeof Int32Array>(type: T): T =>
    new Proxy(type, {
      construct: (target, [length]: [number]) => {
        lengths.push(length);
        return Reflect.construct(target, [length]) as object;
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
});
