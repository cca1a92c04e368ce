import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import { markdownTable } from '../report/figures.ts';
import type { circumstances } from '../results.ts';
import type { AttackFigure } from './attacks.ts';
import type { Attack, Way } from './ways.ts';

/** A store that is served in one way. */
export interface ServeFigure {
  readonly way: Way;
  /** Messages in a second to all readers together. */
  readonly perSecond: number;
  /** Bytes of the server's memory for each reader. */
  readonly bytesPerReader: number;
  /** Milliseconds from the start of a new server until all readers watch again. */
  readonly restartMs: number;
}

export interface ServeFigures extends ReturnType<typeof circumstances> {
  readonly readers: number;
  readonly messages: number;
  readonly connections: number;
  /** Messages in a second of a server that only writes bytes. */
  readonly bare: number;
  readonly served: readonly ServeFigure[];
  readonly attacks: readonly AttackFigure[];
}

const attackNames: Readonly<Record<Attack, string>> = {
  unread: 'streams that are never read',
  resets: 'streams that are opened and cancelled, at once and without end',
  watches: 'watches of a node each',
};

const names: Readonly<Record<Way, string>> = {
  watch: "`serveSwarm`, swarmkit's watch",
  follow: '`serveSwarm`, Follow',
  events: '`serveEvents`',
};

/** Writes the figures as JSON beside this file, and as a table in docs/remote.md. */
export async function writeFigures(figures: ServeFigures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(join(import.meta.dirname, '../../docs/remote.md'), `${tableOf(figures)}\n\n${attacksOf(figures)}`);
}

function tableOf({ bare, served, readers, messages, connections, machine, node, commit, date }: ServeFigures): string {
  const count = (value: number): string => value.toLocaleString('en');
  const heads = ['', 'messages/s', '× bare stream', 'memory of a reader', 'all watch again after a restart'];
  const rows = served.map(({ way, perSecond, bytesPerReader, restartMs }) => [
    names[way],
    count(perSecond),
    (perSecond / bare).toFixed(2),
    `${(bytesPerReader / 1000).toFixed(0)} kB`,
    `${count(restartMs)} ms`,
  ]);
  return [
    markdownTable(heads, [...rows, ['a bare stream of gRPC', count(bare), '1.00', '', '']]),
    '',
    `${count(readers)} readers in another process, over ${connections} connections of gRPC, ` +
      `or one connection each for events; ${count(messages)} commits of one task. ` +
      `${machine.cores} × ${machine.cpu}, ${machine.memory}, ${machine.platform}, Node ${node}; ` +
      `commit ${commit}, ${date}.`,
  ].join('\n');
}

function attacksOf({ attacks }: ServeFigures): string {
  const heads = [
    'attack',
    'streams',
    'memory of the server',
    'cut',
    'delay of a healthy client before',
    'and under it',
  ];
  const delay = ({ p50, p99 }: AttackFigure['before']): string => `${p50} ms, 99 %: ${p99} ms`;
  const rows = attacks.map(({ attack, count, memory, cut, before, under }) => [
    attackNames[attack],
    count.toLocaleString('en'),
    `+ ${Math.round(memory / 1e6)} MB`,
    cut.toLocaleString('en'),
    delay(before),
    delay(under),
  ]);
  return [
    'A server with its default limits, attacked from another process, and a healthy `followRemote` beside it:',
    '',
    markdownTable(heads, rows),
  ].join('\n');
}
