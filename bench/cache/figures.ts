import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The figures of one scenario. */
export interface Figures {
  /** Where the commits come from: made beforehand, or by a store in the same process. */
  readonly source: 'recorded' | 'live store';
  readonly rows: number;
  readonly changesPerCommit: number;
  readonly ratePerSecond: number | 'unlimited';
  readonly changesPerSecond: number;
  /** How often the cache was outrun and looked at the source anew. */
  readonly resyncs: number;
  /** From the commit to the moment when the cache has it, as the cache's statistics tell. */
  readonly lagMedianMs: number;
  readonly lag99Ms: number;
  /** Of one view, from its first to its last. */
  readonly refreshesPerSecond: number;
  /** Computing time for each second. */
  readonly busy: number;
}

const guide = join(import.meta.dirname, '../../docs/guides/local-cache.md');
const region = /(<!-- figures: [^>]*-->\n)[^]*?(<!-- end of figures -->)/;

/** Writes the table of the guide anew. */
export function writeGuide({ machine, figures }: { readonly machine: string; readonly figures: readonly Figures[] }): void {
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
  const table = [heads, heads.map(() => '---'), ...rows].map((cells) => padded(cells, [heads, ...rows])).join('\n');
  const text = readFileSync(guide, 'utf8');
  if (!region.test(text)) throw new Error('the guide has no place for figures');
  const body = `\n${table}\n\n${(figures[0]?.rows ?? 0).toLocaleString('en')} rows, two indexes, two views, measured on ${machine}.\n\n`;
  writeFileSync(
    guide,
    text.replace(region, (_all, begin: string, end: string) => begin + body + end),
  );
}

/** A line of the table, as prettier writes it. */
function padded(cells: readonly string[], all: readonly (readonly string[])[]): string {
  const widths = cells.map((_cell, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return `| ${cells.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`;
}
