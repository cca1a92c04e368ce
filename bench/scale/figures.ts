import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import { markdownTable } from '../report/figures.ts';
import type { circumstances } from '../results.ts';
import { followersOfOneServer, needsOf, treeOf } from './model.ts';
import type { Cluster, UnitCosts } from './model.ts';
import type { Load } from './store-process.ts';

interface Compared {
  readonly predicted: number;
  readonly measured: number;
}

/** A load that was predicted and run. */
export interface Check extends Load {
  /** Seconds of one core. */
  readonly processor: Compared;
  /** Bytes. */
  readonly memory: Compared;
  readonly wire: Compared;
}

export interface ScaleFigures extends ReturnType<typeof circumstances> {
  readonly small: Load;
  readonly costs: UnitCosts;
  readonly checked: Check;
}

const page = join(import.meta.dirname, '../../docs/scale.md');

/** The cluster of the page. A replacement is eight changes: the task is made, has six states, and is deleted. */
const large = { nodes: 10_000, tasks: 1_000_000, followers: 10_000, changesPerTransaction: 20 };
const changesOfReplacement = 8;
const situations: readonly (readonly [string, Cluster])[] = [
  ['a quiet day: each task lives a day', { ...large, changesPerSecond: (large.tasks / 86_400) * changesOfReplacement }],
  [
    'a roll-out: a tenth of the tasks in ten minutes',
    { ...large, changesPerSecond: (large.tasks / 6000) * changesOfReplacement },
  ],
  [
    '100 nodes are lost: their tasks start elsewhere within a minute',
    { ...large, changesPerSecond: (10_000 / 60) * changesOfReplacement },
  ],
];
/** Half of a link of 10 Gbit/s. */
const wireOfServer = 625e6;

/** Writes the figures as JSON beside this file, and the tables of docs/scale.md. */
export async function writeFigures(figures: ScaleFigures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(page, unitTable(figures), 'units');
  await fillPlace(page, checkTable(figures), 'check');
  await fillPlace(page, clusterTable(figures), 'cluster');
}

function unitTable({ costs, small, machine, node, commit, date }: ScaleFigures): string {
  const micros = (value: number): string => `${value.toPrecision(3)} µs`;
  const rows = [
    ['memory of a task, with its indexes', bytes(costs.bytesPerTask)],
    ['a task in a snapshot', bytes(costs.snapshotBytesPerTask)],
    ['restoring a task, saving one', `${micros(costs.restoreMicrosPerTask)}, ${micros(costs.saveMicrosPerTask)}`],
    [`a change, in transactions of ${small.changesPerTransaction}`, micros(costs.microsPerChange)],
    ['a change, encoded once for all followers', micros(costs.microsPerEncodedChange)],
    ['a transaction, sent to one follower', micros(costs.microsPerSend)],
    ['a change on the wire', bytes(costs.bytesPerChange)],
    ['memory of a connected follower', bytes(costs.bytesPerFollower)],
    ['a task, encoded and sent to the first follower that connects', micros(costs.firstConnectMicrosPerTask)],
    ['a task, sent to a further one', micros(costs.connectMicrosPerTask)],
    ['a task in the contents on the wire', bytes(costs.contentsBytesPerTask)],
  ];
  return [
    markdownTable(['unit', 'cost'], rows),
    '',
    `Measured with ${count(small.tasks)} tasks and ${count(small.followers)} followers over server-sent events. ` +
      `${machine.cores} × ${machine.cpu}, ${machine.memory}, ${machine.platform}, Node ${node}; ` +
      `commit ${commit}, ${date}.`,
  ].join('\n');
}

function checkTable({ checked }: ScaleFigures): string {
  const row = (name: string, { predicted, measured }: Compared, shown: (value: number) => string): string[] => [
    name,
    shown(predicted),
    shown(measured),
    `${(measured / predicted).toFixed(2)} ×`,
  ];
  return [
    markdownTable(
      ['', 'predicted', 'measured', 'measured / predicted'],
      [
        row('processor time', checked.processor, (value) => `${value.toFixed(2)} s`),
        row('memory', checked.memory, bytes),
        row('bytes sent', checked.wire, bytes),
      ],
    ),
    '',
    `${count(checked.changes)} changes of ${count(checked.tasks)} tasks, ` +
      `seen by ${count(checked.followers)} followers.`,
  ].join('\n');
}

function clusterTable({ costs }: ScaleFigures): string {
  const rows = situations.map(([name, cluster]) => {
    const needs = needsOf(cluster, costs);
    const width = followersOfOneServer(cluster, costs, wireOfServer);
    const levels = treeOf(cluster.followers, width);
    return [
      name,
      count(Math.round(cluster.changesPerSecond)),
      cores(needs.writing),
      cores(needs.encoding),
      cores(needs.sending),
      `${bytes(needs.wireBytesPerSecond)}/s`,
      count(width),
      levels.length === 0 ? 'none' : levels.map(count).join(', then '),
    ];
  });
  const [[, first]] = situations as [readonly [string, Cluster]];
  const { memoryBytes, snapshotBytes, restoreSeconds, saveSeconds, ...connecting } = needsOf(first, costs);
  return [
    markdownTable(
      [
        'situation',
        'changes/s',
        'cores for writing',
        'for encoding',
        'for sending to all',
        'on the wire',
        'followers of one server',
        'servers between store and followers',
      ],
      rows,
    ),
    '',
    `The store needs ${bytes(memoryBytes)} of memory. A snapshot has ${bytes(snapshotBytes)}; ` +
      `saving it takes ${saveSeconds.toFixed(0)} s of a core and restoring it ${restoreSeconds.toFixed(0)} s. ` +
      'The first follower that connects without a version costs its server ' +
      `${connecting.firstConnectSeconds.toFixed(0)} s of a core, and each further one ` +
      `${connecting.connectSeconds.toPrecision(2)} s, where \`sharedBytes\` has room for the contents: ` +
      `${bytes(connecting.contentsBytes)} as events.`,
  ].join('\n');
}

function cores(share: number): string {
  return share.toPrecision(2).includes('e') ? share.toFixed(0) : String(Number(share.toPrecision(2)));
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let shown = value;
  for (; shown >= 1000 && unit < units.length - 1; unit += 1) shown /= 1000;
  return `${shown.toPrecision(3)} ${units[unit] as string}`;
}
