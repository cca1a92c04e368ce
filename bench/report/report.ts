import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { peers } from '../contenders/peer-names.ts';
import { resultsPath } from '../results.ts';
import type { Results } from '../results.ts';
import { FigureSet, markdownTable, ratioText, timeText } from './figures.ts';
import { fillPlace } from './fill-place.ts';
import { growthPlot, peerPlot } from './plots.ts';
import { requirementTable } from './requirements.ts';

const readme = resolve(import.meta.dirname, '../../README.md');

/** Writes the tables and plots of docs/performance, and the place in README.md that shows some of them. */
export async function writeReport(results: Results): Promise<void> {
  const folder = dirname(resultsPath);
  writeFileSync(join(folder, 'growth.svg'), growthPlot(results));
  for (const size of [1000, 100_000]) writeFileSync(join(folder, `peers-${String(size)}.svg`), peerPlot(results, size));
  writeFileSync(join(folder, 'results.md'), `${page(results)}\n`);
  await fillPlace(readme, excerpt(results));
}

/** The few figures that README shows. */
function excerpt(results: Results): string {
  return [
    'One operation at 100,000 tasks, each with a key in all thirteen indexes.\n' +
      '`limit` is bare Maps without transactions, validation, events and promises.',
    peerTable(new FigureSet(results), 'tasks', 100_000, excerpted),
    '[All figures](docs/performance/results.md), [how they are measured](docs/performance/README.md).\n' +
      circumstancesOf(results),
  ].join('\n\n');
}

function circumstancesOf({ date, commit, node, machine, rounds }: Results): string {
  const computer = `${String(machine.cores)} × ${machine.cpu}, ${machine.memory}`;
  return (
    `${date}, commit ${commit}, Node ${node}, ${machine.platform}, ${computer}; ` +
    `medians of up to ${String(rounds)} rounds.`
  );
}

function page(results: Results): string {
  const figures = new FigureSet(results);
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Figures',
    'Written by `npm run bench`; [the method](README.md). Made again from [results.json](results.json) by `npm run ' +
      'bench -- report`.',
    `${circumstancesOf(results)} ${versions.join(', ')}.`,
    '## What must hold',
    requirementTable(results),
    '## Against the peers',
    ...[1000, 100_000].flatMap((size) => [
      `### ${size.toLocaleString('en')} tasks`,
      `![Bars of the times below](peers-${String(size)}.svg)`,
      peerTable(figures, 'tasks', size, [...compared, ...batched, 'load', 'bytes per row']),
    ]),
    'The benchmarks that swarmkit has of its own store:',
    ...[1000, 10_000, 100_000].flatMap((size) => [
      `### ${size.toLocaleString('en')} nodes`,
      peerTable(figures, 'nodes', size, ofNodes),
    ]),
    '## Time against the number of tasks',
    '![Six plots of time against the number of tasks](growth.svg)',
    growthTable(figures),
    '## Every figure',
    'The median, the smallest and the largest of the rounds, and how many there were.',
    everyFigure(results),
  ].join('\n\n');
}

const compared = ['get', 'find, unchanged', 'find, changed', 'find all, per object', 'create', 'update', 'delete'];
const excerpted = ['get', 'find, unchanged', 'find, changed', 'create', 'update', 'delete'];
const batched = ['create, batch', 'update, batch', 'delete, batch'];
const ofNodes = [
  'create',
  'update, all in one transaction',
  'update, one per transaction',
  'delete, one per transaction',
  'get',
  'find all, per object',
  'find by name',
  'five writers, five readers',
];

function peerTable(figures: FigureSet, suite: string, size: number, shown: readonly string[]): string {
  const contenders = ['swarmstate', 'limit', ...peers].filter((contender) =>
    figures.sizes(suite, contender).includes(size),
  );
  const rows = shown.map((figure) => [
    figure,
    ...contenders.map((contender) => {
      const value = figures.of(suite, contender, size, figure);
      return figure === 'bytes per row' && !Number.isNaN(value) ? value.toFixed(0) : timeText(value);
    }),
  ]);
  return markdownTable(['', ...contenders], rows);
}

function growthTable(figures: FigureSet): string {
  const sizes = figures.sizes('tasks', 'swarmstate');
  const rows = [...compared, ...batched].map((figure) => [
    figure,
    ...sizes.map((size) => {
      const ours = figures.of('tasks', 'swarmstate', size, figure);
      return `${timeText(ours)} (${ratioText(ours / figures.of('tasks', 'limit', size, figure))})`;
    }),
  ]);
  return markdownTable(['ours (against the limit)', ...sizes.map((size) => size.toLocaleString('en'))], rows);
}

function everyFigure(results: Results): string {
  const figures = new FigureSet(results);
  const rows = results.samples.map(({ suite, contender, size, figure, values }) => {
    const show = unitOf(figure);
    return [
      suite,
      contender,
      size.toLocaleString('en'),
      figure,
      show(figures.of(suite, contender, size, figure)),
      show(Math.min(...values)),
      show(Math.max(...values)),
      String(values.length),
    ];
  });
  return markdownTable(['benchmark', 'contender', 'rows', 'figure', 'median', 'from', 'to', 'rounds'], rows);
}

/** Times, but for a few figures whose names say their unit. */
function unitOf(figure: string): (value: number) => string {
  return figure.includes('bytes') || figure.includes('heap') ? (value) => value.toPrecision(3) : timeText;
}
