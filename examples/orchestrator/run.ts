import { MemoryStore, NodeSpecMembership, NodeStatusState, all } from 'swarmstate';
import type { ReadTx, Tx } from 'swarmstate';
import type { ClusterSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { ordinaryContainers } from './agents/container-behaviour.ts';
import { allLoops } from './all-loops.ts';
import { startChronicle } from './chronicle.ts';
import { startClock } from './clock.ts';
import { ensureCluster, ensureNodes } from './cluster.ts';
import type { Stack } from './compose/import-compose.ts';
import { deployStack } from './deploy-stack.ts';
import { keyHelp, startControls } from './controls/controls.ts';
import type { Keyboard } from './controls/keyboard.ts';
import type { Display, DisplayOptions } from './display/display.ts';
import type { Outcome } from './display/summary.ts';
import { startFollower } from './follower.ts';
import { creationTime, statusTime } from './loops/tasks.ts';
import { clusterProgress } from './progress.ts';
import { runScenario } from './scenario.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import type { SnapshotContents } from './snapshot-file.ts';

/** The starting state of a run. */
export type Beginning = { readonly stack: Stack } | { readonly snapshot: SnapshotContents };

/** Opens the store of a run, and starts it with the contents of a snapshot where one is given. */
export async function openRunStore(address: string | undefined, beginning: Beginning): Promise<MemoryStore> {
  const contents = 'snapshot' in beginning ? beginning.snapshot.store : undefined;
  if (address !== undefined) return openStore(address, contents === undefined ? {} : { bootstrap: contents });
  // The store has versions, so that the follower can tell which state a commit made.
  const store = new MemoryStore({ history: 0 });
  if (contents !== undefined) await store.restore(contents);
  return store;
}

/** Options of a run. */
export interface RunOptions {
  /** The store of the run, which the run closes; a new one with the contents of `beginning` where none is given. */
  readonly store?: MemoryStore | undefined;
  readonly beginning: Beginning;
  readonly snapshotPath: string;
  /** Ends the run early, in order. */
  readonly signal: AbortSignal;
  /** The speed of the cluster's time, as a multiple of real time. */
  readonly speed: number;
  /** The longest time of a run, in milliseconds of real time, pauses not counted. */
  readonly limit: number;
  /** True for a run that goes on until `signal` ends it. */
  readonly keep?: boolean | undefined;
  /** The keys that people press during the run. */
  readonly keyboard?: Keyboard | undefined;
  readonly show: (store: MemoryStore, options: Omit<DisplayOptions, 'output' | 'style'>) => Display;
}

/** Runs the cluster from beginning to end and returns a summary. */
export async function runCluster(options: RunOptions): Promise<Outcome> {
  const { beginning, snapshotPath } = options;
  const store = options.store ?? (await openRunStore(undefined, beginning));
  const membership: ClusterSnapshot | undefined = 'snapshot' in beginning ? beginning.snapshot.membership : undefined;
  const begin = performance.now();
  // The clock starts no earlier than the latest time in the snapshot: delays are counted from those times.
  const start = Math.max(Date.now(), latestTime(store));
  const clock = startClock(start, options.speed);
  const errors: string[] = [];
  const onError = (error: unknown, loop: string): void =>
    void errors.push(`${loop}: ${error instanceof Error ? error.message : String(error)}`);

  const follower = startFollower(store, { onError });
  const ending = new AbortController();
  const { keyboard } = options;
  const controls = startControls(store, {
    clock,
    tell: (line) => display.tell(line),
    end: () => ending.abort(),
    onError,
  });
  const display = options.show(store, {
    time: () => formatTime(clock.now() - start),
    footer: () =>
      `${clock.paused ? 'paused · ' : ''}${chronicle.counts.commits} commits, ${follower.compared - follower.different} of ${follower.compared} equal in the follower · Ctrl-C ends the run`,
    ...(keyboard === undefined ? {} : { keys: keyHelp, chosen: () => controls.chosen }),
  });
  const chronicle = startChronicle(store, (line) => display.tell(line));
  const stopped = AbortSignal.any([options.signal, ending.signal]);
  const limit = new AbortController();
  const cancelLimit =
    options.keep === true ? undefined : clock.callAt(start + options.limit * options.speed, () => limit.abort());
  const signal = AbortSignal.any([stopped, limit.signal]);
  try {
    await store.update((tx) => {
      ensureCluster(tx);
      const found = tx.services.find(all);
      const stack = 'stack' in beginning && found.length === 0 ? beginning.stack : undefined;
      if ('stack' in beginning && stack === undefined)
        display.tell(`the store has ${found.length} services already, so the run goes on with them`);
      const services = stack?.services ?? found;
      const joined = ensureNodes(
        tx,
        services.flatMap(({ spec }) => spec?.task?.placement?.constraints ?? []),
      );
      if ('snapshot' in beginning && beginning.snapshot.unsealed === true)
        display.tell('the snapshot has no seal, so nothing shows whether its end is missing');
      if ('snapshot' in beginning && joined) display.tell('the snapshot has no nodes, so five simulated ones join');
      if ('snapshot' in beginning && tx.services.count(all) === 0)
        display.tell('the snapshot has no services, so there is nothing to run');
      bringNodesUp(tx);
      if (stack !== undefined) deployStack(tx, stack);
    });
    const behaviour = ordinaryContainers({
      seed: start,
      // A few crashes, independent of the number of tasks.
      crashing: Math.min(0.2, 4 / store.view(desiredTasks)),
      trouble: { from: start, until: start + 20_000 },
      crashAfter: [4000, 20_000],
    });
    keyboard?.listen((key) => void controls.press(key));
    // The time limit ends only the scenario; the loops run to the end.
    const loops = allLoops.map((startLoop) => startLoop(store, { clock, onError, behaviour }));
    await runScenario(store, { clock, signal, tell: (line) => display.tell(line) });
    if (options.keep === true && !stopped.aborted) {
      display.tell(`the cluster goes on until you stop it, with ${keyboard === undefined ? '' : 'q or '}Ctrl-C`);
      await aborted(stopped);
    }
    if (stopped.aborted) display.tell('the run ends here, as you wish');
    else if (limit.signal.aborted) display.tell('the time for this run is over');
    await Promise.all(loops.map((loop) => loop.stop()));
  } finally {
    cancelLimit?.();
    keyboard?.listen(() => undefined);
    // A closing store ends its watchers after every commit was delivered.
    await store.close();
    await Promise.all([follower.done, chronicle.done]);
    display.close();
  }
  return {
    services: store.view(clusterProgress),
    counts: chronicle.counts,
    compared: follower.compared,
    different: follower.different,
    errors,
    snapshot: { path: snapshotPath, bytes: await writeSnapshotFile(snapshotPath, store, membership) },
    seconds: (performance.now() - begin) / 1000,
    clusterSeconds: (clock.now() - start) / 1000,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // A timer that never fires: a waiting promise alone does not keep a process alive.
    const alive = setInterval(() => undefined, 2 ** 30);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Marks all nodes as ready, as if their agents had reported; nodes that were not accepted yet are left to people. */
function bringNodesUp(tx: Tx): void {
  for (const node of tx.nodes.find(all)) {
    if (node.spec.membership !== NodeSpecMembership.ACCEPTED) continue;
    tx.nodes.modify(node.id, (draft) => {
      draft.status.state = NodeStatusState.READY;
    });
  }
}

function desiredTasks(tx: ReadTx): number {
  return clusterProgress(tx).reduce((total, { desired }) => total + desired, 0);
}

function latestTime(store: MemoryStore): number {
  return store.view((tx) =>
    tx.tasks.find(all).reduce((latest, task) => Math.max(latest, statusTime(task), creationTime(task)), 0),
  );
}

function formatTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
