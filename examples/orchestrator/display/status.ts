import { NodeSpecAvailability, NodeStatusState, UpdateStatusUpdateState, all, byNodeId } from 'swarmstate';
import type { Node, ReadTx } from 'swarmstate';
import { isFinished, shouldRun } from '../loops/tasks.ts';
import { clusterProgress } from '../progress.ts';
import type { ServiceProgress } from '../progress.ts';
import { pad, widthOf } from './style.ts';
import type { Style } from './style.ts';

/** The table of services and nodes, as it is redrawn in a terminal. */
export function statusTable(tx: ReadTx, style: Style): readonly string[] {
  const services = clusterProgress(tx);
  const rows = services.map((service) => [
    service.name,
    service.image,
    service.mode,
    bar(service, style),
    `${service.running}/${service.desired}`,
    remark(service, style),
  ]);
  const nodes = tx.nodes.find(all).map((node) => describeNode(tx, node, style));
  return [
    ...columns([['SERVICE', 'IMAGE', 'MODE', '', 'RUNNING', ''].map(style.dim), ...rows]),
    '',
    `${style.dim('NODES')}  ${nodes.join('  ')}`,
  ];
}

/** The status in one line, for output that is not a terminal. */
export function statusLine(tx: ReadTx): string {
  return clusterProgress(tx)
    .map(({ name, running, desired }) => `${name} ${running}/${desired}`)
    .join(' · ');
}

/** Aligns the cells of rows in columns. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))));
  return rows.map((row) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
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
