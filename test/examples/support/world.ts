import { setImmediate } from 'node:timers/promises';
import { MemoryStore } from 'swarmstate';
import type { ReadSnapshot, ReadTx, Tx } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { AgentOptions } from '../../../examples/orchestrator/agents/agent.ts';
import { turnIsAwaited } from '../../../src/base/scheduling/turns.ts';
import { ordinaryContainers } from '../../../examples/orchestrator/agents/container-behaviour.ts';
import type { ContainerBehaviour } from '../../../examples/orchestrator/agents/container-behaviour.ts';
import { allLoops } from '../../../examples/orchestrator/all-loops.ts';
import type { LoopStarter } from '../../../examples/orchestrator/all-loops.ts';
import { addNode, ensureCluster } from '../../../examples/orchestrator/cluster.ts';
import { CommitStates } from '../../../examples/orchestrator/commit-states.ts';
import { startFollower } from '../../../examples/orchestrator/follower.ts';
import type { Follower } from '../../../examples/orchestrator/follower.ts';
import type { ControlLoop } from '../../../examples/orchestrator/loops/control-loop.ts';
import { brokenAfterCommit } from './invariants.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface WorldOptions {
  readonly nodes?: number;
  readonly loops?: readonly LoopStarter[];
  readonly behaviour?: ContainerBehaviour;
  readonly watchLimit?: number;
}

/** Containers that come up quickly and run for ever. */
const steadyContainers: ContainerBehaviour = ordinaryContainers({
  seed: 1,
  crashing: 0,
  trouble: { from: 0, until: 0 },
  crashAfter: [0, 0],
});

/**
 * A cluster on a virtual clock: loops that can be stopped and started, a follower, and the rules that are checked at
 * every commit.
 */
export class World {
  readonly store: MemoryStore = new MemoryStore({ history: 0, firstVersion: 1 });
  readonly clock: VirtualClock = new VirtualClock();
  readonly errors: string[] = [];
  readonly follower: Follower;
  /** Commits so far. */
  commits = 0;
  /** Called with the state after each commit. */
  onCommit: ((state: ReadSnapshot) => void) | undefined;
  readonly #starters: readonly LoopStarter[];
  readonly #loops = new Map<LoopStarter, ControlLoop>();
  readonly #options: AgentOptions;
  #ids = 0;

  constructor({ loops = allLoops, behaviour = steadyContainers, watchLimit }: WorldOptions) {
    this.#starters = loops;
    const onError = (error: unknown, loop: string): void => void this.errors.push(`${loop}: ${String(error)}`);
    this.#options = { clock: this.clock, onError, newId: () => this.newId(), behaviour, watchLimit };
    this.follower = startFollower(this.store, { onError });
    this.#check();
  }

  /** A cluster with all loops running and nothing to do. */
  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.write((tx) => {
      ensureCluster(tx);
      for (let number = 1; number <= (options.nodes ?? 3); number++) {
        addNode(
          tx,
          { hostname: `host-${number}`, labels: { parity: number % 2 === 0 ? 'even' : 'odd' } },
          `node-${number}`,
        );
      }
    });
    for (const starter of world.starters) world.startLoop(starter);
    await world.settle();
    return world;
  }

  get starters(): readonly LoopStarter[] {
    return this.#starters;
  }

  /** Ids that come in the same order in every run. */
  newId(): string {
    this.#ids++;
    return `id-${String(this.#ids).padStart(6, '0')}`;
  }

  write<R extends string | undefined | void>(callback: (tx: Tx) => R): Promise<R> {
    return this.store.update(callback);
  }

  view<R>(callback: (tx: ReadTx) => R): R {
    return this.store.view(callback);
  }

  startLoop(starter: LoopStarter): void {
    if (!this.#loops.has(starter)) this.#loops.set(starter, starter(this.store, this.#options));
  }

  /** Stops a loop, as a crash would: without waiting for what it is at. */
  stopLoop(starter: LoopStarter): Promise<void> {
    const loop = this.#loops.get(starter);
    this.#loops.delete(starter);
    return loop?.stop() ?? Promise.resolve();
  }

  /**
   * Lets everybody do what there is to do now. All of it is promises: it is over when a turn of the event loop brings
   * no commit and nobody waits for the next turn.
   */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.commits || turnIsAwaited();) {
      before = this.commits;
      await setImmediate();
    }
  }

  /** Lets time pass, timer by timer. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    await this.settle();
    for (let next = this.clock.next; next !== undefined && next <= end; next = this.clock.next) {
      this.clock.turnTo(next);
      await this.settle();
    }
    this.clock.turnTo(end);
    await this.settle();
  }

  /** Lets time pass until `left` finds nothing that is left to do; what is left after `limit` milliseconds. */
  async passUntilDone(left: (tx: ReadTx) => readonly string[], limit: number): Promise<readonly string[]> {
    await this.settle();
    const end = this.clock.now() + limit;
    for (;;) {
      const todo = this.view(left);
      const next = this.clock.next;
      if (todo.length === 0 || next === undefined || next > end) return todo;
      this.clock.turnTo(next);
      await this.settle();
    }
  }

  /** Ends everything, and says what went wrong on the way. */
  async end(): Promise<readonly string[]> {
    await Promise.all(this.#starters.map((starter) => this.stopLoop(starter)));
    await this.store.close();
    await this.follower.done;
    if (this.follower.compared !== this.commits)
      this.errors.push(`the follower saw ${this.follower.compared} of ${this.commits} commits`);
    return this.errors;
  }

  #check(): void {
    const states = new CommitStates(this.store);
    const commits = follow(this.store, { limit: 1_000_000 });
    commits.on('commit', ({ version, events }) => {
      const state = states.take(version);
      if (state === undefined) throw new Error('a commit came without its state');
      this.commits++;
      for (const broken of brokenAfterCommit(state, events)) this.errors.push(`commit ${this.commits}: ${broken}`);
      this.onCommit?.(state);
      state.close();
    });
    void commits.closed.then(() => states.close());
  }
}
