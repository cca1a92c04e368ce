import { createHash } from 'node:crypto';
import type { MemberFigures } from '../../src/replicated/member/figures.ts';
import { openMemoryStore } from '../../src/kv/memory/open.ts';
import { SeededRandom } from '../../src/testing/random/seeded-random.ts';
import { checkHistory } from '../../src/testing/history/check-history.ts';
import { HistoryRecorder } from '../../src/testing/history/history-recorder.ts';
import type { FinalLists } from '../../src/testing/history/history.ts';
import { StoreSnapshot } from '../../src/wire/generated/snapshot.ts';
import { SimulatedClient } from './client.ts';
import { planOf } from './fault-plan.ts';
import type { FaultPlan } from './fault-plan.ts';
import { listKeys, readList } from './lists.ts';
import { LogReplay } from './replay/log-replay.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedMember } from './simulated-member.ts';
import type { World } from './simulated-member.ts';
import { SlotAudit } from './slot-audit.ts';

/** How large a run is. */
export interface Size {
  readonly members: number;
  readonly clients: number;
  /** Transactions of each client. */
  readonly transactions: number;
}

const usualSize: Size = { members: 3, clients: 4, transactions: 18 };

export interface RunOptions {
  readonly size?: Size | undefined;
  /** Decisions that are not left to the seed. */
  readonly change?: Partial<FaultPlan> | undefined;
  /** A run of more events than this has come to nothing; many more than a run takes, where not given. */
  readonly mostEvents?: number | undefined;
  /** Gets each event as a line. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** The report of a run. */
export interface SeedReport {
  readonly seed: number;
  /** Everything that is wrong; empty for a good run. */
  readonly problems: readonly string[];
  /** How often each situation occurred. */
  readonly counters: Readonly<Record<string, number>>;
  readonly transactions: number;
  readonly events: number;
  /** Equal for two runs of the same seed and code. */
  readonly traceHash: string;
}

const counted = [
  'committed',
  'conflicts',
  'repeats',
  'foundOwn',
  'settledByTable',
  'unknown',
  'skipped',
  'snapshots',
  'supersededSnapshots',
  'loads',
  'compared',
] as const;

/** More events than a run takes by far. */
const MOST_EVENTS = 60_000;

/** Runs one seed: faults, then a time without any, then the lists of every member. */
export async function runSeed(
  seed: number,
  { size = usualSize, change = {}, mostEvents = MOST_EVENTS, trace }: RunOptions = {},
): Promise<SeedReport> {
  const scheduler = new Scheduler(seed, trace);
  const terms = new SeededRandom(seed ^ 0x7e4a5);
  const campaigns = terms.next() < 0.5 ? 0 : terms.next() * 0.4;
  const plan = { ...planOf(scheduler.random), campaigns, ...change };
  const audit = new SlotAudit();
  const server = audit.around(openMemoryStore());
  const counters: Record<string, number> = {};
  const count = (what: string): void => {
    counters[what] = (counters[what] ?? 0) + 1;
  };
  let faulty = true;
  const problems: string[] = [];
  /** Adds up the figures of a life of a member. */
  const onEnd = (member: string, { repeated, stopped, ...figures }: MemberFigures): void => {
    if (repeated > 0) problems.push(`${member} met an entry twice`);
    if (stopped) problems.push(`${member} has stopped`);
    for (const name of counted) if (figures[name] > 0) counters[name] = (counters[name] ?? 0) + figures[name];
  };
  const acknowledged: { readonly token: number; readonly version: number | undefined }[] = [];
  let lastToken = 0n;
  const world: World = {
    scheduler,
    server,
    plan,
    terms,
    onTerm: (token, version) => acknowledged.push({ token, version }),
    newToken: () => (lastToken += 1n),
    faulty: () => faulty,
    onFault: count,
    onEnd,
  };
  const members = Array.from({ length: size.members }, (_, number) => new SimulatedMember(`m${number + 1}`, world));
  const recorder = new HistoryRecorder();

  /** Things that happen to members, while there are faults. */
  const happen = (what: string, perSecond: number, act: (member: SimulatedMember) => void): void => {
    if (perSecond === 0) return;
    scheduler.after((1000 / perSecond) * (0.3 + 1.4 * scheduler.random.next()), what, () => {
      const member = members[scheduler.random.below(members.length)];
      if (!faulty || member === undefined) return;
      count(what);
      scheduler.note(`${what} of ${member.session}`);
      act(member);
      happen(what, perSecond, act);
    });
  };
  happen('crash', plan.crashes, (member) => {
    member.kill();
  });
  happen('pause', plan.pauses, (member) => {
    member.pause();
    scheduler.after(scheduler.latency(8000), 'resume', () => {
      member.resume();
    });
  });
  happen('cut', plan.cuts, (member) => {
    member.cut(true);
    scheduler.after(scheduler.latency(6000), 'mended', () => {
      member.cut(false);
    });
  });
  happen('close', plan.closes, (member) => {
    void member.close();
  });

  const clients = Array.from(
    { length: size.clients },
    (_, number) => new SimulatedClient(`c${number + 1}`, world, members, recorder),
  );
  let running = clients.length;
  for (const client of clients) {
    client.run(size.transactions).then(
      () => {
        running -= 1;
      },
      (error: unknown) => {
        problems.push(`a client met ${String((error as Error).stack ?? error)}`);
        running -= 1;
      },
    );
  }
  const done = (): number => clients.reduce((sum, client) => sum + client.done, 0);
  const wanted = size.clients * size.transactions;
  const ends: { readonly member: string; readonly version: number; readonly bytes: Uint8Array }[] = [];
  try {
    await scheduler.until(() => running === 0 || done() >= 0.8 * wanted, 'the clients under faults', mostEvents);
    faulty = false;
    for (const member of members) {
      member.resume();
      member.cut(false);
    }
    await scheduler.until(() => running === 0, 'the clients after the faults', mostEvents);
    const finals: FinalLists[] = [];
    const states = new Map<string, string>();
    for (const member of members) {
      let ended = false;
      const look = (async () => {
        await member.settled();
        const store = await member.open();
        await store.barrier();
        finals.push({ member: member.name, lists: listsOf(store) });
        const bytes = StoreSnapshot.encode(store.save());
        ends.push({ member: member.name, version: store.version?.index ?? 0, bytes });
        states.set(member.name, `${String(store.version?.index)} ${createHash('sha256').update(bytes).digest('hex')}`);
      })();
      look.then(
        () => {
          ended = true;
        },
        (error: unknown) => {
          problems.push(`${member.name} at the end: ${String((error as Error).stack ?? error)}`);
          ended = true;
        },
      );
      await scheduler.until(() => ended, `the lists of ${member.name}`, mostEvents);
    }
    const history = recorder.history(finals);
    for (const { name, message } of checkHistory(history)) problems.push(`${name}: ${message}`);
    if (new Set(states.values()).size > 1) problems.push(`the members differ: ${JSON.stringify([...states])}`);
  } catch (error) {
    problems.push((error as Error).message);
  }
  problems.push(...audit.problems);
  // A second opinion, which shares no code with the members.
  const replay = new LogReplay('c', audit.writes);
  for (const { member, version, bytes } of ends) replay.compare(member, version, bytes);
  for (const { token, version } of acknowledged) replay.term('leader', token, version);
  problems.push(...replay.problems);
  if (audit.trims > 0) counters['trim'] = audit.trims;
  for (const member of members) member.kill();
  await server.close();
  const { traceHash, count: events } = scheduler;
  return { seed, problems, counters, transactions: wanted, events, traceHash };
}

function listsOf(store: Awaited<ReturnType<SimulatedMember['open']>>): ReadonlyMap<string, readonly number[]> {
  return store.view((tx) => new Map(listKeys.map((key) => [key, readList(tx, key)])));
}
