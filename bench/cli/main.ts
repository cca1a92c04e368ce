/**
 * `npm run bench -- cli`: how long the command takes to start, in processes of its own, beside bare Node.js and beside
 * an import of the store. All of them take turns in each round. The figures go to figures.json beside this file, and
 * from there into docs/cli.md; `--quick` writes nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as prettier from 'prettier';
import { MemoryStore } from 'swarmstate';
import { saveToFile } from 'swarmstate/files';
import { bundle } from '../../scripts/build/bundle.ts';
import { buildCommand } from '../../scripts/build/command.ts';
import { circumstances } from '../results.ts';

const root = resolve(import.meta.dirname, '../..');

interface StartFigure {
  readonly what: string;
  /** The median of all rounds, in milliseconds. */
  readonly milliseconds: number;
}

export async function main({ quick }: { readonly quick: boolean }): Promise<void> {
  const rounds = quick ? 3 : 21;
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  try {
    writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await bundle(join(folder, 'dist'));
    await buildCommand(join(folder, 'dist'));
    const snapshot = join(folder, 'cluster.snapshot');
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'node-1', description: { hostname: 'host-1' } }));
    await saveToFile(store, snapshot);
    const command = join(folder, 'dist/cli/main.js');
    const programs: readonly (readonly [what: string, args: readonly string[]])[] = [
      ['bare Node.js', ['--eval', '0']],
      ['Node.js and an import of the store', ['--input-type=module', '--eval', "import 'swarmstate'"]],
      ['`swarmstate --version`', [command, '--version']],
      ['`swarmstate ls --help`', [command, 'ls', '--help']],
      ['`swarmstate ls nodes FILE`', [command, 'ls', 'nodes', snapshot]],
      ['`swarmstate get node host-1 FILE --json`', [command, 'get', 'node', 'host-1', snapshot, '--json']],
    ];
    const times = programs.map((): number[] => []);
    for (let round = 0; round < rounds; round += 1)
      for (const [position, [, args]] of programs.entries()) times[position]?.push(timeOf(args, folder));
    const figures = programs.map(([what], position) => ({ what, milliseconds: median(times[position] ?? []) }));
    console.table(figures);
    if (!quick) await writeFigures(rounds, figures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timeOf(args: readonly string[], cwd: string): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? NaN) * 10) / 10;
}

/** Writes the figures, and the table in the document. */
async function writeFigures(rounds: number, figures: readonly StartFigure[]): Promise<void> {
  const facts = circumstances();
  const file = join(import.meta.dirname, 'figures.json');
  writeFileSync(file, await prettier.format(JSON.stringify({ ...facts, rounds, figures }), { parser: 'json' }));
  const path = join(root, 'docs/cli.md');
  const text = readFileSync(path, 'utf8');
  const [, before, after] =
    /^([^]*<!-- figures of npm run bench -- cli: do not edit -->\n)[^]*?(<!-- end of figures -->[^]*)$/.exec(text) ??
    [];
  if (before === undefined || after === undefined) throw new Error(`${path} has no place for the figures`);
  const reference = figures[1]?.milliseconds ?? NaN;
  const rows = figures.map(
    ({ what, milliseconds }) => `| ${what} | ${milliseconds} ms | ${(milliseconds / reference).toFixed(2)} |`,
  );
  const table = [
    '',
    `Commit ${facts.commit}, Node ${facts.node}, ${facts.machine.cpu}, ${facts.machine.cores} cores; ` +
      `medians of ${rounds} rounds.`,
    '',
    '| start of | time | × the import |',
    '| --- | ---: | ---: |',
    ...rows,
    '',
    '',
  ].join('\n');
  writeFileSync(
    path,
    await prettier.format(before + table + after, { ...(await prettier.resolveConfig(path)), parser: 'markdown' }),
  );
}
