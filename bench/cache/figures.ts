import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import { markdownTable } from '../report/figures.ts';
import type { circumstances } from '../results.ts';

/** The figures of one scenario. */
export interface Figure {
  /** The origin of the commits: recorded beforehand, or made by a store in the same process. */
  readonly source: 'recorded' | 'live store';
  readonly rows: number;
  readonly changesPerCommit: number;
  readonly ratePerSecond: number | 'unlimited';
  readonly changesPerSecond: number;
  /** How often the cache was outrun and read all rows again. */
  readonly resyncs: number;
  /** The time from the commit until the cache has it, by the stats of the cache. */
  readonly lagMedianMs: number;
  readonly lag99Ms: number;
  /** Refreshes of one view, from the first to the last. */
  readonly refreshesPerSecond: number;
  /** Computing time in each second. */
  readonly busy: number;
}

const guide = join(import.meta.dirname, '../../docs/guides/local-cache.md');

export interface Figures extends ReturnType<typeof circumstances> {
  readonly figures: readonly Figure[];
}

/** Writes the figures as JSON beside this file, and as a table in the guide. */
export async function writeFigures(figures: Figures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(guide, tableOf(figures));
}

function tableOf({ figures, machine, node, versions, commit, date }: Figures): string {
  const heads = [
    'commits of',
    'changes in each',
    'asked for',
    'taken over',
    'lag, median',
    'lag, 99 %',
    'refreshes of a view',
    'processor',
  ];
  const rows = figures.map((figure) => [
    figure.source === 'recorded' ? 'a recording' : 'a live store',
    figure.changesPerCommit.toLocaleString('en'),
    figure.ratePerSecond === 'unlimited' ? 'all that goes' : `${figure.ratePerSecond.toLocaleString('en')} /s`,
    `${figure.changesPerSecond.toLocaleString('en')} /s`,
    `${figure.lagMedianMs} ms`,
    `${figure.lag99Ms} ms`,
    `${figure.refreshesPerSecond} /s`,
    `${Math.round(figure.busy * 100)} %`,
  ]);
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const rowCount = (figures[0]?.rows ?? 0).toLocaleString('en');
  return [
    markdownTable(heads, rows),
    '',
    `${rowCount} rows, two indexes, two views. ${machine.cores} × ${machine.cpu}, ${machine.memory}, ` +
      `${machine.platform}, Node ${node}; ${packages.join(', ')}; commit ${commit}, ${date}.`,
  ].join('\n');
}
