import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Timestamp } from '../../wire/generated/google/protobuf/timestamp.ts';
import { NodeRole } from '../../wire/generated/enums.ts';
import type { AnyObject, Moment } from '../objects/moment.ts';
import { nameOf, nameOfId } from '../objects/names.ts';
import { desiredState, nodeState, taskState, updateState } from '../objects/states.ts';
import type { Tone } from '../objects/states.ts';
import { millisecondsOf } from '../objects/time.ts';

/** A cell of a table. The text is untrusted. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** Milliseconds since 1970, in place of a text. */
  readonly time?: number | undefined;
  /** Sorts before the text, where texts do not say the order. */
  readonly order?: number | undefined;
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** The share of the width. */
  readonly width: number;
  cell(object: AnyObject, moment: Moment): Cell;
}

type Read<K extends Kind> = (object: Kinds[K], moment: Moment) => Cell | string;

function column<K extends Kind>(title: string, width: number, read: Read<K>): Column {
  return {
    title,
    width,
    cell: (object, moment) => {
      const cell = read(object as Kinds[K], moment);
      return typeof cell === 'string' ? { text: cell } : cell;
    },
  };
}

const updated: Column = column<Kind>('Updated', 1.4, ({ meta }) => {
  const time = meta.updatedAt ?? meta.createdAt;
  return timeCell(time);
});
/** A store without a proposer stamps no object: a task then has the time of its state. */
const taskUpdated: Column = column<'task'>('Updated', 1.4, ({ meta, status }) =>
  timeCell(meta.updatedAt ?? meta.createdAt ?? status.timestamp),
);
const id: Column = column<Kind>('Id', 1.6, (object) => object.id);

function name(kind: Kind): Column {
  return column<Kind>('Name', 2, (object, moment) => nameOf(kind, object, moment));
}

function timeCell(time: Timestamp | undefined): Cell | string {
  return time === undefined ? '' : { text: '', time: millisecondsOf(time) };
}

const number = (value: number): Cell => ({ text: String(value), order: value });

/** The columns of each kind's table. */
export const columns: { readonly [K in Kind]: readonly Column[] } = {
  task: [
    name('task'),
    column<'task'>('State', 1.4, (task) => ({ ...taskState(task), order: task.status.state })),
    column<'task'>('Desired', 1, (task) => ({ text: desiredState(task), order: task.desiredState })),
    column<'task'>('Node', 1.6, (task, moment) => (task.nodeId === '' ? '' : nameOfId('node', task.nodeId, moment))),
    column<'task'>('Service', 1.4, (task, moment) => nameOfId('service', task.serviceId, moment)),
    column<'task'>('Message', 2, ({ status }) => (status.err === '' ? status.message : status.err)),
    taskUpdated,
    id,
  ],
  service: [
    name('service'),
    column<'service'>('Replicas', 1, ({ spec }) =>
      spec.replicated === undefined ? { text: 'global', order: -1 } : number(spec.replicated.replicas),
    ),
    column<'service'>('Image', 2.4, ({ spec }) => spec.task.container?.image ?? ''),
    column<'service'>('Update', 1.4, ({ updateStatus }) =>
      updateStatus === undefined ? '' : updateState(updateStatus.state),
    ),
    updated,
    id,
  ],
  node: [
    name('node'),
    column<'node'>('State', 1.4, (node) => ({ ...nodeState(node), order: node.status.state })),
    column<'node'>('Role', 1, ({ role }) => (role === NodeRole.MANAGER ? 'manager' : 'worker')),
    column<'node'>('Address', 1.4, ({ status }) => status.addr),
    column<'node'>('Engine', 1, ({ description }) => description?.engine?.engineVersion ?? ''),
    updated,
    id,
  ],
  network: [
    name('network'),
    column<'network'>('Driver', 1.4, ({ driverState, spec }) => driverState?.name ?? spec.driverConfig?.name ?? ''),
    column<'network'>('Subnet', 1.6, ({ ipam }) => ipam?.configs[0]?.subnet ?? ''),
    updated,
    id,
  ],
  volume: [
    name('volume'),
    column<'volume'>('Driver', 1.4, ({ spec }) => spec.driver?.name ?? ''),
    column<'volume'>('Group', 1.4, ({ spec }) => spec.group),
    updated,
    id,
  ],
  resource: [name('resource'), column<'resource'>('Kind', 1.4, ({ kind }) => kind), updated, id],
  extension: [name('extension'), column<'extension'>('Description', 3, ({ description }) => description), updated, id],
  cluster: [name('cluster'), updated, id],
  config: [name('config'), updated, id],
  secret: [name('secret'), updated, id],
};

const collator = new Intl.Collator('en', { numeric: true });

/** Compares two cells of one column. */
export function compareCells(a: Cell, b: Cell): number {
  if (a.order !== undefined && b.order !== undefined && a.order !== b.order) return a.order - b.order;
  if (a.time !== undefined || b.time !== undefined) return (a.time ?? 0) - (b.time ?? 0);
  return a.text === b.text ? 0 : collator.compare(a.text, b.text);
}
