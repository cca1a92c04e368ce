import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPlace } from '../report/fill-place.ts';
import { markdownTable } from '../report/figures.ts';
import type { circumstances } from '../results.ts';
import type { DaemonFigure } from './daemon.ts';
import type { FollowingFigure } from './following.ts';

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
  readonly following: FollowingFigure;
  /** Absent on a machine that cannot run a daemon. */
  readonly daemon?: DaemonFigure | undefined;
}

const guide = join(import.meta.dirname, '../../docs/swarm.md');

/** Writes the figures as JSON beside this file, and as a table in the guide. */
export async function writeFigures(figures: Figures): Promise<void> {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  await fillPlace(guide, tableOf(figures), 'folders');
  await fillPlace(guide, followingOf(figures), 'following');
}

function followingOf({ following, daemon, rounds, ...rest }: Figures): string {
  const { tasks, messages, bytesPerMessage, stream, decoded, followed } = following;
  const heads = ['`followSwarm`, with a watcher', 'the stream, decoded', 'the stream alone'];
  const rate = (figure: number): string => `${figure.toLocaleString('en')} messages/s`;
  const live =
    daemon === undefined
      ? []
      : [
          '',
          `A real daemon that was given ${daemon.services.toLocaleString('en')} services with ` +
            `${daemon.tasks.toLocaleString('en')} tasks at once: ${daemon.events.toLocaleString('en')} events in ` +
            `${daemon.seconds.toFixed(1)} s. From the daemon's commit to the watcher an event took ` +
            `${daemon.delay.p50} ms (p50) and ${daemon.delay.p99} ms (p99); ` +
            `single changes of an idle daemon took ${daemon.idleDelay.p50} ms and ${daemon.idleDelay.p99} ms.`,
        ];
  return [
    markdownTable(heads, [[followed, decoded, stream].map(rate)]),
    '',
    `${messages.toLocaleString('en')} messages of ${bytesPerMessage} bytes, ` +
      `each a change of one of ${tasks.toLocaleString('en')} tasks, from a manager in another process; ` +
      `the median of ${rounds} rounds.`,
    ...live,
    '',
    place(rest),
  ].join('\n');
}

function place({ machine, node, commit, date }: ReturnType<typeof circumstances>): string {
  return (
    `${machine.cores} × ${machine.cpu}, ${machine.memory}, ${machine.platform}, Node ${node}; ` +
    `commit ${commit}, ${date}.`
  );
}

function tableOf({ folder, entries, bytesPerEntry, rounds, ...rest }: Figures): string {
  const heads = ['entries are', '`readSwarmFolder`', '`folder.log`', 'decrypting and decoding', 'decoding alone'];
  const rows = folder.map(({ encryption, decode, decrypt, log, read }) => [
    encryption,
    ...[read, log, decrypt, decode].map((figure) => `${figure.toLocaleString('en')} /s`),
  ]);
  return [
    markdownTable(heads, rows),
    '',
    `A log of ${entries.toLocaleString('en')} entries, each an update of a task, ${bytesPerEntry} bytes; ` +
      `the median of ${rounds} rounds. ${place(rest)}`,
  ].join('\n');
}
