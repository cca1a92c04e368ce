import { NodeSpecAvailability, NodeStatusState, UpdateStatusUpdateState, all, byNodeId } from 'swarmstate';
import type { Node, ReadTx } from 'swarmstate';
import { isFinished, shouldRun } from '../loops/tasks.ts';
import { clusterProgress } from '../progress.ts';
import type { ServiceProgress } from '../progress.ts';
import { flow, pad, widthOf } from './style.ts';
import type { Style } from './style.ts';

/** The room and the emphasis of a table. */
export interface TableOptions {
  /** The columns of the terminal. */
  readonly width: number;
  /** The most services to show. Default: all. */
  readonly services?: number | undefined;
  /** The id of the service that the keys act on. */
  readonly chosen?: string | undefined;
}

/** The columns of the table that may become narrower, in this order, and their least widths. */
const shrinking: readonly Shrinking[] = [
  { column: 1, least: 10 },
  { column: -1, least: 14 },
  { column: 1, least: 0 },
  { column: 0, least: 8 },
  { column: -1, least: 0 },
];

/**
 * The table of services and nodes, as it is redrawn in a terminal. In a narrow one, the image is cut off first, then
 * the mode is left out. The marks and the number of running tasks stay.
 */
export function statusTable(
  tx: ReadTx,
  style: Style,
  { width, services: most, chosen }: TableOptions,
): readonly string[] {
  const services = clusterProgress(tx);
  const shown = windowAround(
    services,
    services.findIndex(({ id }) => id === chosen),
    most ?? services.length,
  );
  const row = (service: ServiceProgress): readonly string[] => [
    chosen === undefined ? service.name : `${service.id === chosen ? '›' : ' '} ${service.name}`,
    service.image,
    service.mode,
    bar(service, style),
    `${service.running}/${service.desired}`,
    remark(service, style),
  ];
  const head = [chosen === undefined ? 'SERVICE' : '  SERVICE', 'IMAGE', 'MODE', '', 'RUNNING', ''].map(style.dim);
  const rows = [head, ...shown.map(row)];
  const narrow = rows.map((cells) => cells.filter((_, index) => index !== 2));
  const nodes = tx.nodes.find(all).map((node) => describeNode(tx, node, style));
  const left = services.length - shown.length;
  return [
    ...columns(leastWidth(rows, shrinking.slice(0, 2)) <= width ? rows : narrow, width, shrinking),
    ...(left > 0 ? [style.dim(`  … and ${left} more`)] : []),
    '',
    ...flow(nodes, '  ', width - nodesIndent, 0).map(
      (line, index) => (index === 0 ? `${style.dim('NODES')}  ` : ' '.repeat(nodesIndent)) + line,
    ),
  ];
}

/** The columns of `NODES` and the gap behind it. */
const nodesIndent = 7;

/** The meaning of the marks in the table. */
export function legend(style: Style, width: number): readonly string[] {
  return flow(['● runs', '◐ runs, with an old spec', '○ is missing', '✓ has ended'], '  ', width).map(style.dim);
}

/** At most `most` of the items, with the one at `middle` among them. */
function windowAround<T>(items: readonly T[], middle: number, most: number): readonly T[] {
  const first = Math.max(0, Math.min(middle - Math.floor(most / 2), items.length - most));
  return items.slice(first, first + most);
}

/** The status in one line, for output that is not a terminal. */
export function statusLine(tx: ReadTx): string {
  return clusterProgress(tx)
    .map(({ name, running, desired }) => `${name} ${running}/${desired}`)
    .join(' · ');
}

/** A column that may become narrower; -1 is the last one. */
export interface Shrinking {
  readonly column: number;
  readonly least: number;
}

/** The columns between two cells. */
const gap = 2;

/**
 * Aligns the cells of rows in columns. Rows that are wider than `width` get narrower columns: the first of `shrinking`
 * as narrow as needed, then the next. A column without a cell, or without room, is left out.
 */
export function columns(
  rows: readonly (readonly string[])[],
  width: number = Infinity,
  shrinkable: readonly Shrinking[] = [],
): readonly string[] {
  const widths = widthsOf(rows);
  for (const { column, least } of shrinkable) {
    const index = column < 0 ? widths.length + column : column;
    const own = widths[index] ?? 0;
    widths[index] = Math.max(Math.min(least, own), own - Math.max(0, total(widths) - width));
  }
  return rows.map((row) =>
    row
      .flatMap((cell, index) => ((widths[index] ?? 0) > 0 ? [pad(cell, widths[index] ?? 0)] : []))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

/** The width of rows whose columns are as narrow as they may be. */
function leastWidth(rows: readonly (readonly string[])[], shrinkable: readonly Shrinking[]): number {
  const widths = widthsOf(rows);
  for (const { column, least } of shrinkable) {
    const index = column < 0 ? widths.length + column : column;
    widths[index] = Math.min(least, widths[index] ?? 0);
  }
  return total(widths);
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))));
  return widths;
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width + gap, -gap);
}

/**
 * A mark for each task: full for a task of the present spec, half for a running task of an old spec, empty for a
 * missing task.
 */
function bar({ desired, running, current, done }: ServiceProgress, style: Style): string {
  const limit = 12;
  const upToDate = Math.min(running, current);
  const marks =
    '●'.repeat(upToDate) +
    '◐'.repeat(running - upToDate) +
    '○'.repeat(Math.max(0, desired - running - done)) +
    '✓'.repeat(done);
  const shown = marks.length > limit ? `${marks.slice(0, limit - 1)}…` : marks;
  return running + done >= desired ? style.green(shown) : style.yellow(shown);
}

function remark({ update, waitsFor }: ServiceProgress, style: Style): string {
  switch (update) {
    case UpdateStatusUpdateState.UPDATING:
      return style.cyan('updating');
    case UpdateStatusUpdateState.ROLLBACK_STARTED:
      return style.yellow('rolling back');
    case UpdateStatusUpdateState.PAUSED:
    case UpdateStatusUpdateState.ROLLBACK_PAUSED:
      return style.red('update paused');
    default:
      if (waitsFor !== undefined) return style.yellow(waitsFor);
      return update === UpdateStatusUpdateState.ROLLBACK_COMPLETED ? style.dim('rolled back') : '';
  }
}

function describeNode(tx: ReadTx, node: Node, style: Style): string {
  const name = node.description?.hostname ?? node.id;
  if (node.status.state === NodeStatusState.DOWN) return style.red(`${name} down`);
  const tasks = tx.tasks.find(byNodeId(node.id)).filter((task) => shouldRun(task) && !isFinished(task)).length;
  return node.spec.availability === NodeSpecAvailability.DRAIN
    ? style.yellow(`${name} drained`)
    : `${name} ${style.bold(String(tasks))}`;
}
