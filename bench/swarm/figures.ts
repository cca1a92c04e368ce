import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import { markdownTable } from '../report/figures.ts';
import type { circumstances } from '../results.ts';

/** Entries in a second, of a log with one encryption. */
export interface FolderFigure {
  readonly encryption: string;
  /** Decoding the decrypted bytes of each entry: the bound. */
  readonly decode: number;
  /** Decrypting and decoding. */
  readonly decrypt: number;
  /** Reading through `folder.log`: files, checksums, decrypting, decoding, redacting. */
  readonly log: number;
  /** `readSwarmFolder`: two passes, and a store with indexes. */
  readonly read: number;
}

export interface Figures extends ReturnType<typeof circumstances> {
  readonly entries: number;
  readonly bytesPerEntry: number;
  readonly rounds: number;
  readonly folder: readonly FolderFigure[];
}

const guide = join(import.meta.dirname, '../../docs/swarm.md');

/** Writes the figures as JSON beside this file, and as a table in the guide. */
export async function writeFigures(figures: Figures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(guide, tableOf(figures));
}

function tableOf({ folder, entries, bytesPerEntry, rounds, machine, node, commit, date }: Figures): string {
  const heads = ['entries are', '`readSwarmFolder`', '`folder.log`', 'decrypting and decoding', 'decoding alone'];
  const rows = folder.map(({ encryption, decode, decrypt, log, read }) => [
    encryption,
    ...[read, log, decrypt, decode].map((figure) => `${figure.toLocaleString('en')} /s`),
  ]);
  return [
    markdownTable(heads, rows),
    '',
    `A log of ${entries.toLocaleString('en')} entries, each an update of a task, ${bytesPerEntry} bytes; the median of ${rounds} rounds. ${machine.cores} × ${machine.cpu}, ${machine.memory}, ${machine.platform}, Node ${node}; commit ${commit}, ${date}.`,
  ].join('\n');
}
