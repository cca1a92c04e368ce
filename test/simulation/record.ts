import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fillPlace } from '../../bench/report/fill-place.ts';

/** The figures of a batch of seeds. */
export interface SimulationFigures {
  readonly command: string;
  readonly commit: string;
  readonly node: string;
  readonly from: number;
  readonly seeds: number;
  readonly seedsPerMinute: number;
  readonly transactions: number;
  readonly events: number;
  readonly replays: number;
  readonly failing: readonly number[];
  readonly situations: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
}

const document = resolve(import.meta.dirname, '../../docs/reliability.md');
const json = resolve(import.meta.dirname, '../../docs/reliability.json');

/** The meanings of the counters, in the order of the table. */
const meanings: Readonly<Record<string, string>> = {
  committed: 'entries committed',
  refused: 'calls refused before their effect',
  late: 'calls with their effect after the caller was told that nobody knows',
  lost: 'calls with an effect and no answer',
  delayed: 'answers that came very late',
  repeated: 'writes that the client library sent twice',
  crash: 'members killed',
  pause: 'members paused',
  cut: 'members cut off from the engine',
  close: 'stores closed in order',
  GaveUp: 'updates given up by their caller',
  conflicts: 'proposals that lost their slot',
  repeats: 'creates sent again',
  foundOwn: 'proposals settled by finding their own entry',
  settledByTable: 'proposals settled by the table of the writers',
  snapshots: 'snapshots published',
  loads: 'snapshots loaded',
  trim: 'deletions behind a snapshot',
  term: 'terms that began, without a lease that keeps them apart',
  ERR_TERM_ENDED: 'updates refused because a later term had begun',
};

/** Writes one part of the figures in docs/reliability.json, and leaves the others. */
function writePart(name: string, part: object): void {
  const all = JSON.parse(readFileSync(json, 'utf8')) as object;
  writeFileSync(json, `${JSON.stringify({ ...all, [name]: part }, null, 2)}\n`);
}

/** Writes the figures as JSON, and the table of the document from them. */
export async function record(figures: SimulationFigures): Promise<void> {
  writePart('simulation', figures);
  const number = (value: number): string => value.toLocaleString('en');
  const rows = [
    ['seeds', number(figures.seeds)],
    ['seeds a minute', number(figures.seedsPerMinute)],
    ['transactions of clients', number(figures.transactions)],
    ['events', number(figures.events)],
    ['seeds that ran twice, to compare', number(figures.replays)],
    ['seeds with a fault', number(figures.failing.length)],
    ...Object.entries(meanings).map(([name, meaning]) => [meaning, number(figures.situations[name] ?? 0)]),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const source = `Written by \`${figures.command} --record\` at commit ${figures.commit}, Node ${figures.node}.`;
  await fillPlace(document, [source, '', '| | |', '| --- | --: |', ...rows].join('\n'), 'npm run simulate');
}
