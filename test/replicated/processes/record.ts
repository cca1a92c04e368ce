import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fillPlace } from '../../../bench/report/fill-place.ts';
import type { ScenarioReport } from './run-scenario.ts';

/** The figures of all scenarios. */
export interface ProcessFigures {
  readonly command: string;
  readonly commit: string;
  readonly node: string;
  readonly reports: readonly ScenarioReport[];
}

const document = resolve(import.meta.dirname, '../../../docs/reliability.md');
const json = resolve(import.meta.dirname, '../../../docs/reliability.json');

/** Writes the figures as JSON, and the table of the document from them. */
export async function recordProcesses(figures: ProcessFigures): Promise<void> {
  const all = JSON.parse(readFileSync(json, 'utf8')) as object;
  writeFileSync(json, `${JSON.stringify({ ...all, processes: figures }, null, 2)}\n`);
  const number = (value: number): string => value.toLocaleString('en');
  const rows = figures.reports.map((report) => {
    const faults = Object.entries(report.counters).map(([what, times]) => `${number(times)} ${what}`);
    const lost = `${number(report.unknown)}, ${number(report.landed)}`;
    const cells = [report.engine, `${report.processes}, ${report.clients}`, faults.join('; ')];
    const figuresOf = [report.acknowledged, report.reads].map(number);
    return `| ${[...cells, ...figuresOf, lost, number(report.problems.length), report.seconds].join(' | ')} |`;
  });
  const lines = [
    `Written by \`${figures.command} --record\` at commit ${figures.commit}, Node ${figures.node}.`,
    '',
    '| engine | processes, clients | faults | updates acknowledged | reads | updates without an answer, ' +
      'of these in the log | problems | seconds |',
    '| --- | --- | --- | --: | --: | --: | --: | --: |',
    ...rows,
  ];
  await fillPlace(document, lines.join('\n'), 'npm run survive');
}
