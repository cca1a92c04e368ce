import { isStoreError } from '../../src/errors/store-error.ts';
import { sleep } from '../../src/replicated/access/env.ts';
import type { StoreTerm } from '../../src/replicated/member/elections.ts';
import type { ReplicatedStore } from '../../src/replicated/member/member-store.ts';
import type { HistoryRecorder } from '../../src/testing/history/history-recorder.ts';
import { appendToList, listKeys, readList } from './lists.ts';
import { Killed } from './simulated-member.ts';
import type { SimulatedMember, World } from './simulated-member.ts';

/** An error that the caller of an update throws by itself. */
class Refusal extends Error {}

/** The reason of a caller that gives up. */
class GaveUp extends Error {}

/** A client: runs transactions over the lists one after the other, on one member for a while, then on another one. */
export class SimulatedClient {
  readonly #name: string;
  readonly #world: World;
  readonly #members: readonly SimulatedMember[];
  readonly #recorder: HistoryRecorder;
  #member: SimulatedMember;
  #done = 0;
  /** The last term that this client was given, whether it is over or not. */
  #term: StoreTerm | undefined;

  constructor(name: string, world: World, members: readonly SimulatedMember[], recorder: HistoryRecorder) {
    this.#name = name;
    this.#world = world;
    this.#members = members;
    this.#recorder = recorder;
    this.#member = this.#anyMember();
  }

  /** The number of transactions that ended or whose member was killed. */
  get done(): number {
    return this.#done;
  }

  async run(transactions: number): Promise<void> {
    const { scheduler, plan } = this.#world;
    const clock = scheduler.clock(`pause of ${this.#name}`);
    while (this.#done < transactions) {
      await sleep(clock, scheduler.latency(200));
      if (scheduler.chance(0.1)) this.#member = this.#anyMember();
      const member = this.#member;
      try {
        const store = member.store ?? (await member.whileAlive(member.open()));
        if (this.#likes(plan.campaigns)) await this.#campaign(member, store);
        await this.#transaction(member, store);
        this.#done += 1;
        scheduler.note(`${this.#name} is answered`);
      } catch (error) {
        if (!isExpected(error)) throw error;
        scheduler.note(`${this.#name} failed: ${(error as Error).message}`);
        this.#member = this.#anyMember();
        await sleep(clock, 20 + scheduler.latency(500));
      }
    }
  }

  #anyMember(): SimulatedMember {
    const member = this.#members[this.#world.scheduler.random.below(this.#members.length)];
    if (member === undefined) throw new Error('there are no members');
    return member;
  }

  async #transaction(member: SimulatedMember, store: ReplicatedStore): Promise<void> {
    const { scheduler } = this.#world;
    scheduler.note(`${this.#name} calls ${member.session}`);
    const process = `${this.#name}@${member.session}`;
    const kind = scheduler.random.next();
    if (kind < 0.55) await this.#update(process, member, store);
    else if (kind < 0.85) await this.#freshRead(process, member, store);
    else this.#plainRead(process, store);
  }

  /** Begins a term. The lease does not say that another client leads. */
  async #campaign(member: SimulatedMember, store: ReplicatedStore): Promise<void> {
    const term = await member.whileAlive(store.election('leader').campaign());
    this.#world.scheduler.note(`${this.#name} leads in the term ${term.token}`);
    this.#world.onFault('term');
    this.#world.onTerm(Number(term.token));
    this.#term = term;
  }

  #likes(share: number): boolean {
    return share > 0 && this.#world.terms.next() < share;
  }

  async #update(process: string, member: SimulatedMember, store: ReplicatedStore): Promise<void> {
    const { scheduler, plan } = this.#world;
    const steps = Array.from({ length: 1 + scheduler.random.below(4) }, () => ({
      append: scheduler.chance(0.6),
      key: this.#anyKey(),
    }));
    const refuses = scheduler.chance(0.05);
    const controller = new AbortController();
    const cancel = scheduler.chance(plan.givenUp)
      ? scheduler.after(scheduler.latency(1500), `${this.#name} gives up`, () => {
          controller.abort(new GaveUp());
        })
      : undefined;
    // An update that changes nothing is no entry of the log: it sees what a plain read sees.
    const recorded = this.#recorder.begin(process, { fresh: steps.some(({ append }) => append) });
    const term = this.#term !== undefined && this.#likes(0.7) ? this.#term : undefined;
    let version: number | undefined;
    const update = store.update(
      (tx) => {
        recorded.restart();
        for (const { append, key } of steps) {
          if (append) version = appendToList(tx, key, recorded.append(key));
          else recorded.read(key, readList(tx, key));
        }
        if (refuses) throw new Refusal();
      },
      { signal: controller.signal, ...(term === undefined ? {} : { term }) },
    );
    const ended = await this.#settle(recorded, member, update);
    cancel?.();
    if (term === undefined) return;
    if (ended && version !== undefined) this.#world.onTerm(Number(term.token), version);
    // A leader that was told goes on as one for a while.
    if (!ended && this.#likes(0.3)) this.#term = undefined;
  }

  async #freshRead(process: string, member: SimulatedMember, store: ReplicatedStore): Promise<void> {
    const recorded = this.#recorder.begin(process);
    const keys = [this.#anyKey(), this.#anyKey()];
    const read = store.barrier().then(() => {
      store.view((tx) => {
        for (const key of keys) recorded.read(key, readList(tx, key));
      });
    });
    await this.#settle(recorded, member, read);
  }

  #plainRead(process: string, store: ReplicatedStore): void {
    const recorded = this.#recorder.begin(process, { fresh: false });
    store.view((tx) => {
      for (const key of listKeys) recorded.read(key, readList(tx, key));
    });
    recorded.end('ok');
  }

  async #settle(
    recorded: ReturnType<HistoryRecorder['begin']>,
    member: SimulatedMember,
    call: Promise<unknown>,
  ): Promise<boolean> {
    try {
      await member.whileAlive(call);
      recorded.end('ok');
      return true;
    } catch (error) {
      // Of what a killed process was doing nobody hears again.
      if (error instanceof Killed || isStoreError(error, 'ERR_OUTCOME_UNKNOWN')) recorded.end('unknown');
      else if (isExpected(error)) recorded.end('failed');
      else throw error;
      this.#world.onFault(isStoreError(error) ? error.code : (error as Error).constructor.name);
      return false;
    }
  }

  #anyKey(): string {
    return listKeys[this.#world.scheduler.random.below(listKeys.length)] ?? '';
  }
}

/** True for the failures that a program has to expect of a store whose engine is away, or of its own doing. */
function isExpected(error: unknown): boolean {
  if (error instanceof Refusal || error instanceof GaveUp || error instanceof Killed) return true;
  return (
    isStoreError(error, 'ERR_PROPOSAL_CONFLICT') ||
    isStoreError(error, 'ERR_UNAVAILABLE') ||
    isStoreError(error, 'ERR_STORE_CLOSED') ||
    isStoreError(error, 'ERR_TERM_ENDED') ||
    isStoreError(error, 'ERR_OUTCOME_UNKNOWN') ||
    (error instanceof Error && error.name === 'KvError') ||
    (error instanceof Error && error.name === 'CallTimeout')
  );
}
