import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { testedVersions } from '../../engines/versions.ts';
import type { Check } from '../../repository/check.ts';
import { readText, root } from '../../repository/repository.ts';

/** The document with the table of backends, and the heading of the table. */
const table = { path: 'docs/kv/README.md', heading: '## What each backend gives' };
/** A document whose tables answer every question of their first column. */
const answers = 'docs/kv/coming-from-libkv.md';

/**
 * The table of key/value backends names the versions that the tests run on. Those of servers are in scripts/engines,
 * those of client packages in package-lock.json. No cell is empty, or a dash alone.
 */
export const engineTable: Check = {
  name: 'engines',
  about: 'the table of key/value backends names the versions tested, and no cell of it is empty',
  run() {
    const lines = readText(table.path).split('\n');
    const start = lines.indexOf(table.heading);
    const end = lines.findIndex((line, index) => index > start && line.startsWith('## '));
    const at = lines.findIndex((line, index) => index > start && line.startsWith('| versions tested '));
    const has = cellsOf(lines[at] ?? '').slice(1);
    const wanted = versionCells();
    const stale =
      has.join(' | ') === wanted.join(' | ')
        ? []
        : [`${table.path}:${String(at + 1)} has other versions than the tests; npm run check -- engines --write`];
    return Promise.resolve([
      ...stale,
      ...emptyCells(table.path, lines.slice(0, end), start),
      ...emptyCells(answers, readText(answers).split('\n'), 0),
    ]);
  },
  async write() {
    const path = join(root, table.path);
    const row = `| versions tested | ${versionCells().join(' | ')} |`;
    const text = readText(table.path).replace(/^\| versions tested .*$/m, () => row);
    writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  },
};

/** In the order of the columns. */
function versionCells(): readonly string[] {
  const { packages } = JSON.parse(readText('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  const client = (name: string): string => `\`${name}\` ${packages[`node_modules/${name}`]?.version ?? 'unknown'}`;
  const { etcd, consul, zookeeper } = testedVersions;
  return [
    'this package alone',
    client('lmdb'),
    `servers of ${etcd}, ${client('@grpc/grpc-js')}`,
    `servers of ${consul}, ${client('undici')}`,
    `servers of ${zookeeper}, ${client('node-zookeeper-client')}`,
  ];
}

function cellsOf(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Rows of tables behind the line `from` with an empty cell. The first row of a table, its head, may have one. */
function emptyCells(path: string, lines: readonly string[], from: number): readonly string[] {
  return lines.flatMap((line, index) => {
    const isHead = /^\|[ :|-]*\|$/.test(lines[index + 1] ?? '');
    if (index < from || isHead || !cellsOf(line).some((cell) => cell === '' || cell === '–')) return [];
    return [`${path}:${String(index + 1)} has an empty cell; say what holds, or why nothing does`];
  });
}
