import Table from 'cli-table3';
import stringWidth from 'string-width';
import { plainText } from '../terminal/plain-text.ts';
import type { Paint, Painter } from './paint.ts';

/** A cell: a text of anybody, and its colour. */
export type Cell = string | { readonly text: string; readonly paint: Paint };

/** A column by its title. */
export interface TableColumn {
  readonly title: string;
  /** True for a column that becomes narrower where the screen is too narrow: the last such column first. */
  readonly shrinks?: boolean | undefined;
}

/** Rows that are laid out together: the time of the library grows with the square of their number. */
const BLOCK = 64;
/** Between two columns. */
const GAP = 2;
/** A narrow column still shows as much. */
const LEAST = 8;
/** On a very narrow screen every column but the first shrinks to this. */
const LEAST_OF_ALL = 4;

const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((end) => [side + end, '']),
  ),
);

/**
 * The lines of a table, in blocks. Every text is made harmless first. `width` is that of the screen; without one
 * nothing is cut. O(cells).
 */
export function* tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: { readonly width: number | undefined; readonly paint: Painter },
): Generator<string, void> {
  const head = columns.map(({ title }): Cell => ({ text: title, paint: 'strong' }));
  const all = [head, ...rows].map((row) => row.map(plainCell));
  const widths = columnWidths(columns, all, width);
  for (let start = 0; start < all.length; start += BLOCK) {
    const table = new Table({
      chars: { ...noBorders, middle: ' '.repeat(GAP) },
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
      colWidths: widths,
    });
    for (const row of all.slice(start, start + BLOCK)) table.push(row.map(({ text, paint: how }) => paint(how, text)));
    yield `${table.toString().replace(/[ \t]+$/gm, '')}\n`;
  }
}

interface PlainCell {
  readonly text: string;
  readonly paint: Paint;
}

function plainCell(cell: Cell): PlainCell {
  return typeof cell === 'string'
    ? { text: plainText(cell), paint: 'plain' }
    : { text: plainText(cell.text), paint: cell.paint };
}

function columnWidths(
  columns: readonly TableColumn[],
  rows: readonly (readonly PlainCell[])[],
  width: number | undefined,
): number[] {
  const widths = columns.map(() => 1);
  for (const row of rows)
    for (const [at, { text }] of row.entries()) widths[at] = Math.max(widths[at] ?? 1, stringWidth(text));
  if (width === undefined) return widths;
  let excess = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  const shrink = (at: number, least: number): void => {
    const natural = widths[at] ?? least;
    if (excess <= 0 || natural <= least) return;
    const narrow = Math.max(least, natural - excess);
    excess -= natural - narrow;
    widths[at] = narrow;
  };
  for (let at = columns.length - 1; at >= 0; at -= 1) if (columns[at]?.shrinks === true) shrink(at, LEAST);
  for (let at = columns.length - 1; at > 0; at -= 1) shrink(at, LEAST_OF_ALL);
  return widths;
}
