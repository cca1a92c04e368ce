import { setTimeout as pause } from 'node:timers/promises';
import type { ReplicatedOptions } from 'swarmstate/replicated';
import { checkHistory } from '../../../src/testing/history/check-history.ts';
import { SeededRandom } from '../../../src/testing/random/seeded-random.ts';
import { MemberProcess } from './member-process.ts';
import { ProcessClient } from './process-client.ts';
import { ProcessHistory } from './process-history.ts';

/** How large a run is, and where it runs. */
export interface ProcessSetting {
  /** The bundled program of a member. */
  readonly program: string;
  readonly target: string;
  readonly processes: number;
  readonly clients: number;
  readonly options: ReplicatedOptions;
  readonly seed: number;
  readonly losesOneOf?: number | undefined;
}

/** The outcome of a run. */
export interface ProcessReport {
  /** Everything that is wrong; empty for a good run. */
  readonly problems: readonly string[];
  /** Updates that were acknowledged. */
  readonly acknowledged: number;
  /** Updates whose process ended before it answered, and how many of these are in the log. */
  readonly unknown: number;
  readonly landed: number;
  readonly reads: number;
  readonly failed: number;
  /** The version at the end. */
  readonly version: number;
  readonly snapshotSlot: number;
}

/** The longest time for anything to go on, in milliseconds. */
const MOST_WAIT = 60_000;

/** Members of one log, each in a process of its own, and clients that run transactions on them. */
export class ProcessCluster {
  readonly members: readonly MemberProcess[];
  readonly random: SeededRandom;
  readonly problems: string[] = [];
  readonly #history: ProcessHistory;
  readonly #ended = new AbortController();
  readonly #clients: readonly Promise<void>[];

  constructor({ program, target, processes, clients, options, seed, losesOneOf }: ProcessSetting) {
    this.random = new SeededRandom(seed);
    this.#history = new ProcessHistory(this.random);
    const problem = (text: string): void => void this.problems.push(text);
    this.members = Array.from(
      { length: processes },
      (_, number) => new MemberProcess(`m${number + 1}`, program, { target, options, losesOneOf }, problem),
    );
    this.#clients = Array.from({ length: clients }, (_, number) => {
      const member = this.members[number % processes] as MemberProcess;
      const client = new ProcessClient(`c${number + 1}`, this.members, member, this.#history, this.random);
      return client.run(this.#ended.signal).catch((error: unknown) => {
        problem(`a client met ${String((error as Error).stack)}`);
      });
    });
  }

  anyMember(): MemberProcess {
    return this.members[this.random.below(this.members.length)] as MemberProcess;
  }

  /** Waits until so many more updates were acknowledged. False: nothing goes on. */
  async progress(updates: number, within: number = MOST_WAIT): Promise<boolean> {
    const wanted = this.#history.acknowledged + updates;
    return this.until(() => this.#history.acknowledged >= wanted, within);
  }

  /** As {@link progress}; a cluster that does not go on is a problem. */
  async expectProgress(updates: number, after: string): Promise<void> {
    if (!(await this.progress(updates))) throw new Error(`no update was acknowledged within a minute after ${after}`);
  }

  /** Waits until something holds. False: it did not in time. */
  async until(holds: () => boolean | Promise<boolean>, within: number = MOST_WAIT): Promise<boolean> {
    const end = performance.now() + within;
    while (!(await holds())) {
      if (performance.now() > end) return false;
      await pause(5);
    }
    return true;
  }

  /** Runs the faults of a scenario, then ends the clients and compares the members. */
  async run(faults: (cluster: ProcessCluster) => Promise<void>): Promise<ProcessReport> {
    try {
      await Promise.all(this.members.map((member) => member.opened()));
      await this.expectProgress(1, 'the start');
      await faults(this);
      this.#ended.abort();
      await Promise.all(this.#clients);
      return await this.#compared();
    } catch (error) {
      this.problems.push(String((error as Error).stack));
      return this.#report(new Map(), 0, 0);
    } finally {
      this.#ended.abort();
      await Promise.all(this.members.map((member) => member.end()));
    }
  }

  async #compared(): Promise<ProcessReport> {
    const states = [];
    for (const member of this.members) {
      await member.opened();
      states.push({ member, ...(await member.state()) });
    }
    const finals = states.map(({ member, lists }) => ({ member: member.name, lists: new Map(lists) }));
    for (const { name, message } of checkHistory(this.#history.history(finals)))
      this.problems.push(`${name}: ${message}`);
    const texts = states.map(({ version, hash }) => `${version} ${hash}`);
    if (new Set(texts).size > 1) this.problems.push(`the members differ: ${texts.join(', ')}`);
    let snapshotSlot = 0;
    for (const member of this.members) {
      const figures = await member.figures();
      snapshotSlot = Math.max(snapshotSlot, figures.snapshotSlot);
      if (figures.repeated > 0) this.problems.push(`${member.name} met an entry twice`);
      if (figures.stopped) this.problems.push(`${member.name} has stopped`);
    }
    return this.#report(
      finals[0]?.lists ?? new Map<string, readonly number[]>(),
      states[0]?.version ?? 0,
      snapshotSlot,
    );
  }

  #report(lists: ReadonlyMap<string, readonly number[]>, version: number, snapshotSlot: number): ProcessReport {
    const { acknowledged, unknown, reads, failed } = this.#history;
    const landed = this.#history.landed(lists);
    return { problems: this.problems, acknowledged, unknown, landed, reads, failed, version, snapshotSlot };
  }
}
