import type { Clock } from '../../src/base/clock.ts';
import type { KvStore } from '../../src/kv/api/kv-store.ts';
import type { Env } from '../../src/replicated/access/env.ts';
import { openReplicated } from '../../src/replicated/open/open-store.ts';
import { checkReplicatedOptions } from '../../src/replicated/open/options.ts';
import type { MemberFigures } from '../../src/replicated/member/figures.ts';
import type { ReplicatedStore } from '../../src/replicated/member/member-store.ts';
import type { SeededRandom } from '../../src/testing/random/seeded-random.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Scheduler } from './scheduler.ts';
import { SimulatedKv } from './simulated-kv.ts';
import type { Link } from './simulated-kv.ts';

export interface World {
  readonly scheduler: Scheduler;
  readonly server: KvStore;
  readonly plan: FaultPlan;
  /** The decisions about terms come from here, so that a run without terms is the same as before there were any. */
  readonly terms: SeededRandom;
  /** Every term that a client was given, and every update that a client was acknowledged in a term. */
  readonly onTerm: (token: number, version?: number) => void;
  /** The token of a new lease. */
  readonly newToken: () => bigint;
  /** True until the end of the faults. */
  readonly faulty: () => boolean;
  readonly onFault: (fault: string) => void;
  /** Called with the figures of a member when it ends. */
  readonly onEnd: (member: string, figures: MemberFigures) => void;
}

const NO_FAULTS = { refused: 0, late: 0, lost: 0, delayed: 0, repeated: 0 };

/** One process that opens the log, and what can happen to it. A member that was killed starts again as a new life. */
export class SimulatedMember {
  readonly name: string;
  readonly #world: World;
  #life = 0;
  /** The last life that ended by a kill. A life that was closed in order still gets its answers. */
  #killed = -1;
  #store: ReplicatedStore | undefined;
  #opening: Promise<ReplicatedStore> | undefined;
  #closing: Promise<void> | undefined;
  readonly #mourners = new Set<(error: Killed) => void>();
  #paused = false;
  #cut = false;
  #held: (() => void)[] = [];

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
  }

  /** The name of this life: what a client sees of another life is another session. */
  get session(): string {
    return `${this.name}.${this.#life}`;
  }

  /** The store, if it is open. */
  get store(): ReplicatedStore | undefined {
    return this.#store;
  }

  /** The outcome of the promise, or a rejection with {@link Killed} when the member is killed before. */
  whileAlive<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#mourners.add(reject);
      promise.then(resolve, reject).finally(() => {
        this.#mourners.delete(reject);
      });
    });
  }

  /** Opens the store. A call while the store opens, or is open, gives the same store. */
  open(): Promise<ReplicatedStore> {
    if (this.#opening !== undefined) return this.#opening;
    const { scheduler, server, plan } = this.#world;
    const life = this.#life;
    const link: Link = {
      isDead: () => life <= this.#killed,
      isCut: () => this.#cut,
      deliver: (label, run) => {
        this.#deliver(life, label, run);
      },
    };
    const kv = new SimulatedKv(
      {
        server,
        scheduler,
        link,
        latency: plan.latency,
        faults: () => (this.#world.faulty() ? plan.calls : NO_FAULTS),
        streamFaults: () => (this.#world.faulty() ? plan.streamFaults : 0),
        onFault: this.#world.onFault,
        newToken: this.#world.newToken,
      },
      { ...server.limits, ...(plan.parts ? { valueBytes: 2048 } : {}) },
    );
    const options = checkReplicatedOptions({
      snapshotEvery: plan.snapshotEvery,
      keepEntries: plan.keepEntries,
      pollMs: 500,
      callMs: 1000,
      deadlineMs: 4000,
      store: { now: instants(scheduler) },
    });
    const opening = openReplicated({ kv, prefix: 'c', owned: false }, options, this.#env(life), false);
    this.#opening = opening;
    opening.then(
      (store) => {
        if (this.#life === life) this.#store = store;
      },
      () => {
        if (this.#life === life) this.#opening = undefined;
      },
    );
    return opening;
  }

  /** Ends the process: nothing of it happens any more, and its memory is gone. */
  kill(): void {
    this.#world.scheduler.note(`${this.session} is killed`);
    if (this.#store !== undefined) this.#world.onEnd(this.name, this.#store.member);
    this.#killed = this.#life;
    this.#life += 1;
    this.#store = undefined;
    this.#opening = undefined;
    this.#closing = undefined;
    this.#held = [];
    this.#paused = false;
    const mourners = [...this.#mourners];
    this.#mourners.clear();
    for (const reject of mourners) reject(new Killed(this.name));
  }

  /** Resolves when no close is under way: the next `open` gives a store that is not about to close. */
  async settled(): Promise<void> {
    await this.#closing;
  }

  /** Closes the store in order. The member opens anew with the next call. */
  close(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return Promise.resolve();
    const closing = this.#close(store);
    this.#closing = closing;
    return closing;
  }

  async #close(store: ReplicatedStore): Promise<void> {
    const life = this.#life;
    this.#store = undefined;
    this.#world.onEnd(this.name, store.member);
    await store.close();
    if (this.#life === life) {
      this.#opening = undefined;
      this.#life += 1;
    }
  }

  /** Stops the process for a while: time goes on, and answers wait. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const run of held) run();
  }

  /** Cuts the connection to the shared store, or mends it. */
  cut(cut: boolean): void {
    this.#cut = cut;
  }

  #deliver(life: number, label: string, run: () => void): void {
    if (life <= this.#killed) return;
    if (!this.#paused) {
      run();
      return;
    }
    this.#held.push(() => {
      this.#world.scheduler.after(0, `${label} late`, () => {
        this.#deliver(life, label, run);
      });
    });
  }

  #env(life: number): Env {
    const { scheduler } = this.#world;
    const clock: Clock = {
      now: () => scheduler.now,
      callAt: (time, callback) =>
        scheduler.after(time - scheduler.now, `timer of ${this.name}`, () => {
          this.#deliver(life, 'timer', callback);
        }),
    };
    return {
      clock,
      idle: clock,
      random: (size) => Uint8Array.from({ length: size }, () => scheduler.random.below(256)),
    };
  }
}

/** The error of what a killed process was doing. */
export class Killed extends Error {
  constructor(member: string) {
    super(`${member} was killed`);
  }
}

function instants(scheduler: Scheduler): () => { readonly seconds: number; readonly nanos: number } {
  return () => {
    const now = scheduler.now;
    const seconds = Math.floor(now / 1000);
    return { seconds, nanos: Math.floor((now - seconds * 1000) * 1e6) };
  };
}
