import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../src/testing/random/seeded-random.ts';
import { CallFailed, ProcessGone } from './member-process.ts';
import type { MemberProcess } from './member-process.ts';
import type { Step } from './messages.ts';
import type { ProcessHistory } from './process-history.ts';

/** The failures that a program has to expect while processes and servers come and go. */
const expected = new Set([
  'ERR_PROPOSAL_CONFLICT',
  'ERR_UNAVAILABLE',
  'ERR_KV_NOT_REACHABLE',
  'ERR_KV_OUTCOME_UNKNOWN',
  'CallTimeout',
]);

/** Longest pause between two transactions of a client, in milliseconds. */
const MOST_PAUSE = 5;

/** A client: runs transactions over the lists one after the other, on its own member, and now and then on another. */
export class ProcessClient {
  readonly #name: string;
  readonly #members: readonly MemberProcess[];
  readonly #history: ProcessHistory;
  readonly #random: SeededRandom;
  readonly #home: MemberProcess;

  constructor(
    name: string,
    members: readonly MemberProcess[],
    home: MemberProcess,
    history: ProcessHistory,
    random: SeededRandom,
  ) {
    this.#name = name;
    this.#members = members;
    this.#home = home;
    this.#history = history;
    this.#random = random;
  }

  /** Runs until the signal aborts. Rejects with what a client must never meet. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#random.below(MOST_PAUSE));
      const visits = !this.#home.isAvailable || this.#random.next() < 0.1;
      const member = visits ? this.#anyMember() : this.#home;
      if (member.isAvailable) await this.#transaction(member);
    }
  }

  async #transaction(member: MemberProcess): Promise<void> {
    const process = `${this.#name}@${member.session}`;
    const kind = this.#random.next();
    if (kind < 0.6) {
      const steps = Array.from({ length: 1 + this.#random.below(3) }, (_, place): Step => {
        if (place === 0 || this.#random.next() < 0.5) return this.#history.append();
        return { type: 'read', key: this.#history.key() };
      });
      const appends = steps.filter((step) => step.type === 'append');
      await this.#settle(this.#history.begin(process, true, appends), member.run({ kind: 'update', steps }));
      return;
    }
    const fresh = kind < 0.85;
    const keys = [this.#history.key(), this.#history.key()];
    await this.#settle(this.#history.begin(process, fresh, []), member.run({ kind: 'read', keys, fresh }));
  }

  async #settle(end: ReturnType<ProcessHistory['begin']>, call: ReturnType<MemberProcess['run']>): Promise<void> {
    try {
      end('ok', await call);
    } catch (error) {
      if (error instanceof ProcessGone) end('unknown');
      else if (error instanceof CallFailed && error.code === 'ERR_OUTCOME_UNKNOWN') end('unknown');
      else if (error instanceof CallFailed && expected.has(error.code)) end('failed');
      else throw error;
    }
  }

  #anyMember(): MemberProcess {
    return this.#members[this.#random.below(this.#members.length)] as MemberProcess;
  }
}
