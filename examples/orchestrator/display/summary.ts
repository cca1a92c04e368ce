import type { Counts } from '../chronicle.ts';
import { count } from '../choices.ts';
import type { ServiceProgress } from '../progress.ts';
import { columns } from './status.ts';
import type { Shrinking } from './status.ts';
import { wrap } from './style.ts';
import type { Style } from './style.ts';

/** The result of a run. */
export interface Outcome {
  readonly services: readonly ServiceProgress[];
  readonly counts: Readonly<Counts>;
  /**
   * The number of commits after which the follower's bytes were compared with the store's, and the number of
   * differences.
   */
  readonly compared: number;
  readonly different: number;
  /** The errors that the loops reported, each with the name of its loop. */
  readonly errors: readonly string[];
  readonly snapshot: { readonly path: string; readonly bytes: number };
  /** Seconds of real time, and of the cluster's time. */
  readonly seconds: number;
  readonly clusterSeconds: number;
}

/** The columns before the figures. */
const indent = 10;

/** In a narrow terminal, the images are cut off first, then the verdicts. */
const shrinking: readonly Shrinking[] = [
  { column: 2, least: 10 },
  { column: 3, least: 30 },
  { column: 2, least: 0 },
  { column: 0, least: 8 },
  { column: 3, least: 0 },
];

/** Formats the summary that a run prints at its end. Lines that are wider than `width` are broken at words. */
export function summary(outcome: Outcome, style: Style, width: number = Infinity): string {
  const { services, counts, compared, different, errors, snapshot } = outcome;
  const table = columns(
    [
      ['SERVICE', 'RUNNING', 'IMAGE', ''].map(style.dim),
      ...services.map((service) => [
        service.name,
        `${service.running}/${service.desired}`,
        service.image,
        verdict(service, style),
      ]),
    ],
    width,
    shrinking,
  );
  const same =
    different === 0
      ? style.green(`the follower's bytes were the store's after each of ${compared} commits`)
      : style.red(`the follower differed after ${different} of ${compared} commits`);
  const failures =
    errors.length === 0 ? [] : ['', style.red(`The loops reported ${errors.length} error(s):`), ...errors.slice(0, 10)];
  return [
    '',
    ...table,
    '',
    ...[
      `Tasks     ${counts.created} created: ${counts.restarted} in place of one that ended, ` +
        `${counts.moved} moved off a lost node, ${counts.rolled} rolled to another spec; ` +
        `${count(counts.failed, 'container')} failed, ${count(counts.reaped, 'task')} deleted`,
      `Commits   ${counts.commits}; ${same}`,
      `Time      ${outcome.seconds.toFixed(1)} s, in which ${Math.round(outcome.clusterSeconds)} s passed in the ` +
        'cluster',
      `Snapshot  ${snapshot.path} (${snapshot.bytes} bytes); start another store from it: ` +
        `npm start -- --restore ${snapshot.path} --store lmdb:./other`,
      ...failures,
    ].flatMap((line) => wrap(line, width, indent)),
    '',
  ].join('\n');
}

function verdict({ settled, running, desired, done, waitsFor }: ServiceProgress, style: Style): string {
  if (settled) return done > 0 ? `${done} ended for good` : '';
  return style.yellow(
    waitsFor ??
      (running < desired ? 'was still on its way when the run ended' : 'was still being changed when the run ended'),
  );
}
