import { describe, expect, test } from '@jest/globals';
import type { Fault, FaultyProposerOptions } from 'swarmstate/testing';
import { Cluster } from './cluster.ts';
import type { BatchRecord, Member, UpdateRecord } from './cluster.ts';
import type { BatchStep } from './commands.ts';
import { finish } from './finish.ts';
import { tokensOf, LEDGER } from './ledger.ts';
import { appendRival, startBatch, startUpdate } from './run-program.ts';
import { Situations } from './situations.ts';

/** An update or a batch that is disturbed, and the calls that bring it to its point. */
interface Scenario {
  readonly name: string;
  readonly script: readonly (Fault | undefined)[];
  readonly options?: FaultyProposerOptions;
  readonly start: (member: Member) => UpdateRecord | BatchRecord;
}

const touch = { do: 'touch' } as const;
const step = (pause: number): BatchStep => ({ deed: touch, pause, unawaited: false });
const alone = (member: Member): UpdateRecord => startUpdate(member, touch, true);
const behind = (member: Member): UpdateRecord => {
  startUpdate(member, touch, false);
  const subject = startUpdate(member, { do: 'modify', which: 0 }, true);
  startUpdate(member, { do: 'create', which: 1 }, false);
  return subject;
};
const behindOne = (member: Member): UpdateRecord => {
  startUpdate(member, touch, false);
  return startUpdate(member, touch, true);
};
const batch = (member: Member): BatchRecord => startBatch(member, [step(2), step(0), step(3)], false);
const batchGivingWay = (member: Member): BatchRecord => {
  const subject = startBatch(member, [step(2), step(0), step(0), step(1)], false);
  startUpdate(member, touch, false);
  return subject;
};

const single: FaultyProposerOptions = { groups: false };
const scenarios: readonly Scenario[] = [
  ...(
    [
      'delay',
      'slow-answer',
      'slow-settle',
      'lose-race',
      'overtaken',
      'unknown-landed',
      'unknown-late',
      'late-commit',
    ] as const
  ).map((fault) => ({
    name: `an update, ${fault}`,
    script: [fault],
    start: alone,
  })),
  { name: 'an update that loses twice', script: ['lose-race', 'lose-race', 'slow-answer'], start: alone },
  { name: 'an update behind another', script: ['delay', 'slow-settle'], options: single, start: behind },
  { name: 'one update behind another', script: ['delay', 'slow-answer'], start: behindOne },
  { name: 'an update behind one that fails', script: ['fail', 'delay', 'delay'], options: single, start: behind },
  ...(['delay', 'slow-settle', 'fail', 'lose-race', 'unknown-landed', 'unknown-late', 'overtaken'] as const).map(
    (fault) => ({
      name: `a group, ${fault}`,
      script: ['delay', fault, 'delay', 'slow-settle'] as const,
      start: behind,
    }),
  ),
  ...(['delay', 'slow-settle', 'lose-race', 'unknown-landed', 'fail', 'overtaken'] as const).map((fault) => ({
    name: `a batch, ${fault}`,
    script: [fault, 'delay'] as const,
    start: batch,
  })),
  ...(['delay', 'slow-answer', 'lose-race', 'fail'] as const).map((fault) => ({
    name: `a batch that gives way, ${fault}`,
    script: [fault, 'delay', 'slow-settle'] as const,
    options: single,
    start: batchGivingWay,
  })),
];

/** The disturbances. */
const interventions: Readonly<Record<string, (member: Member, subject: UpdateRecord | BatchRecord) => void>> = {
  abort: (_, subject) => {
    if ('abort' in subject) subject.abort();
  },
  foreign: ({ cluster }) => appendRival(cluster),
  reset: ({ cluster, proposer }) => {
    appendRival(cluster);
    proposer.reset();
  },
  close: (member) => member.close(),
  update: (member) => startUpdate(member, { do: 'create', which: 2 }, false),
  batch: (member) => startBatch(member, [step(0), step(1)], false),
  read: (member) => {
    member.observe('in a view');
    member.hold();
    member.resume(0);
  },
};

/** Where the subject is, in the words of the contract. */
function pointOf(member: Member, subject: UpdateRecord | BatchRecord): string {
  const { waiting, heldMs } = member.store.stats();
  const inFlight = member.proposer.trace.at(-1)?.result === 'in flight';
  if (subject.outcome !== undefined) return 'after the end';
  if ('steps' in subject) {
    if (subject.steps.some(({ runs, outcome }) => runs === 0 && outcome === undefined))
      return 'a batch that waits for the write lock again';
    return inFlight
      ? 'a batch with a commit in flight'
      : heldMs > 0
        ? 'a batch between its steps'
        : 'a batch without the write lock';
  }
  if (subject.runs === 0) return waiting > 0 ? 'waiting for the write lock' : 'granted, not yet run';
  if (subject.token in tokensOf(member.store.view((tx) => tx.nodes.get(LEDGER)))) {
    return heldMs > 0 ? 'committed, not settled' : 'settled, not observed';
  }
  return subject.runs > 1
    ? 'running again after a conflict'
    : inFlight
      ? 'in flight before commit'
      : 'rejected, not observed';
}

const points = [
  'waiting for the write lock',
  'granted, not yet run',
  'in flight before commit',
  'running again after a conflict',
  'committed, not settled',
  'settled, not observed',
  'a batch between its steps',
  'a batch with a commit in flight',
  'a batch that waits for the write lock again',
];

const situations = new Situations();

describe('whatever happens at whatever point of an update or a batch', () => {
  test.each(scenarios)('[F1][F2][F3][F4][F5][F6][F7] $name', async ({ script, options, start }) => {
    for (const [name, intervene] of Object.entries(interventions)) {
      // One microtask further each time, until it is all over before the intervention comes.
      for (let after = 0, over = 0; over < 2; after += 1) {
        const cluster = new Cluster(new Situations(), [{ seed: 3, maxDelay: 2, ...options }], false);
        await cluster.log.settle();
        const [member] = cluster.members as [Member];
        appendRival(cluster);
        await cluster.log.settle();
        member.proposer.script(...script);
        const subject = start(member);
        for (let n = 0; n < after; n += 1) await Promise.resolve();
        const point = pointOf(member, subject);
        if (point === 'after the end') over += 1;
        situations.saw(`${point}: ${name}`);
        situations.saw(
          `entries of others are queued: ${name}`,
          member.proposer.getVersion().index < cluster.log.version.index && point !== 'after the end',
        );
        intervene(member, subject);
        expect({ name, after, point, problems: await finish(cluster) }).toEqual({ name, after, point, problems: [] });
      }
    }
  });

  test('[F8] each intervention meets every point of an update and a batch', () => {
    const expected = points.flatMap((point) =>
      Object.keys(interventions)
        .filter((name) => name !== 'abort' || !point.startsWith('a batch'))
        .map((name) => `${point}: ${name}`),
    );
    expect(
      situations.missing([
        ...expected,
        ...Object.keys(interventions).map((name) => `entries of others are queued: ${name}`),
      ]),
    ).toEqual([]);
  });
});
