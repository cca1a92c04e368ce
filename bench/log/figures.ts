import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import type { Results } from '../results.ts';
import type { OpeningFigure } from './opening.ts';

export interface LogFigure {
  readonly engine: string;
  readonly what: string;
  readonly atOnce: number;
  readonly perSecond: number;
  /** Milliseconds of one update. */
  readonly median: number;
  readonly p99: number;
  /** Milliseconds until another member has the update; undefined for bare creates. */
  readonly delay: number | undefined;
}

export interface LogResults extends Omit<Results, 'quick' | 'samples'> {
  readonly seconds: number;
  readonly figures: readonly LogFigure[];
  readonly openings: readonly OpeningFigure[];
}

/** The figure of all calls of one kind: their times in milliseconds, and how long they took together. */
export function figureOf(
  times: readonly number[],
  took: number,
  delays: readonly number[],
): Pick<LogFigure, 'perSecond' | 'median' | 'p99' | 'delay'> {
  return {
    perSecond: Math.round((times.length / took) * 1000),
    median: quantile(times, 0.5) ?? 0,
    p99: quantile(times, 0.99) ?? 0,
    delay: quantile(delays, 0.5),
  };
}

function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? undefined : Number(value.toPrecision(3));
}

/** Writes the figures, and the table in docs/replicated.md that is made of them. */
export async function writeFigures(results: LogResults): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  await fillPlace(resolve(import.meta.dirname, '../../docs/replicated.md'), table(results));
}

function table({ figures, openings, commit, node, machine, rounds, seconds }: LogResults): string {
  const number = (value: number): string => value.toLocaleString('en');
  const rows = figures.map(({ engine, what, atOnce, perSecond, median, p99, delay }) => {
    const of = (kind: string): number =>
      figures.find((figure) => figure.engine === engine && figure.what === kind && figure.atOnce === 1)?.perSecond ??
      NaN;
    const ratio = (kind: string): string => (perSecond / of(kind)).toFixed(2);
    const cells = [engine, what, number(atOnce), number(perSecond), ratio('bare creates'), ratio('updates')];
    return `| ${[...cells, String(median), String(p99), delay === undefined ? '' : String(delay)].join(' | ')} |`;
  });
  return [
    `Commit ${commit}, Node ${node}, ${machine.cpu}, ${machine.cores} cores; ` +
      `${rounds} rounds of ${seconds} s each. Times in`,
    'milliseconds.',
    '',
    '| engine | what | at once | per second | × bare creates | × updates one by one | median | 99 % | delay of ' +
      'another member |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    'Opening a log, beside the same work without a log: decoding and restoring the snapshot, decoding and applying the',
    'entries.',
    '',
    '| engine | tasks in the snapshot | entries behind it | opening, ms | in memory, ms | × |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...openings.map(({ engine, tasks, entries, opening, inMemory }) => {
      const times = [tasks, entries, opening, inMemory].map(number);
      return `| ${[engine, ...times, (opening / inMemory).toFixed(2)].join(' | ')} |`;
    }),
  ].join('\n');
}
