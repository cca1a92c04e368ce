import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import type { circumstances } from '../results.ts';

/** Of one operation of one store. Times in milliseconds. */
export interface Figure {
  readonly operation: string;
  readonly atOnce: number;
  readonly store: string;
  readonly perSecond: number;
  readonly median: number;
  readonly p99: number;
}

export interface Figures extends ReturnType<typeof circumstances> {
  readonly rounds: number;
  readonly secondsEach: number;
  readonly figures: readonly Figure[];
}

const guide = resolve(import.meta.dirname, '../../docs/kv/README.md');

/** Of the times of all rounds of one operation. */
export function figureOf(times: readonly number[], took: number): Pick<Figure, 'perSecond' | 'median' | 'p99'> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const rounded = (value: number): number => Number(value.toPrecision(3));
  return { perSecond: Math.round((times.length / took) * 1000), median: rounded(at(0.5)), p99: rounded(at(0.99)) };
}

/** The figures as JSON beside this file, and as a table in the guide. */
export async function writeFigures(figures: Figures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(guide, tableOf(figures));
}

function tableOf({ figures, machine, node, versions, commit, date }: Figures): string {
  const rows = figures.map(({ operation, atOnce, store, perSecond, median, p99 }) =>
    [operation, atOnce, store, perSecond.toLocaleString('en'), median, p99].join(' | '),
  );
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '| operation | at once | store | operations/s | median ms | 99 % ms |',
    '| --- | --: | --- | --: | --: | --: |',
    ...rows.map((row) => `| ${row} |`),
    '',
    'Values of 256 bytes, lists of 100 keys, one server of etcd on the same machine. ' +
      `${machine.cores} × ${machine.cpu}, ${machine.memory}, ${machine.platform}, Node ${node}; ` +
      `${packages.join(', ')}; commit ${commit}, ${date}.`,
  ].join('\n');
}
