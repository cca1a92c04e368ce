import { MemoryStore, NodeSpecMembership, NodeStatusState, all } from 'swarmstate';
import type { Tx } from 'swarmstate';
import type { ClusterSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { startAllLoops } from './all-loops.ts';
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
import type { LoopOptions } from './loops/control-loop.ts';
import { creationTime, statusTime } from './loops/tasks.ts';
import { leadWhenElected, whenAborted } from './members/leading.ts';
import type { RunningLoops } from './members/leading.ts';
import { startMembers } from './members/processes.ts';
import { clusterProgress } from './progress.ts';
import { runScenario } from './scenario.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import type { SnapshotContents } from './snapshot-file.ts';

/** The starting state of a run. `file`: the Compose file that somebody named. */
export type Beginning =
  { readonly stack: Stack; readonly file?: string | undefined } | { readonly snapshot: SnapshotContents };

/** Opens the store of a run, and starts it with the contents of a snapshot where one is given. */
export async function openRunStore(address: string | undefined, beginning: Beginning): Promise<MemoryStore> {
  const contents = 'snapshot' in beginning ? beginning.snapshot.store : undefined;
  if (address !== undefined) return openStore(address, contents === undefined ? {} : { bootstrap: contents });
  // The store has versions, so that the follower can tell which state a commit made.
  const store = new MemoryStore({ history: 0 });
  if (contents !== undefined) await store.restore(contents);
  return store;
}

/** A store that has other services than those that were asked for, or that cannot start from a snapshot. */
export class StoreTaken extends Error {}

/** Throws {@link StoreTaken} where the store has services, and not all of those in a Compose file that was named. */
export function assertSame(store: MemoryStore, beginning: Beginning): void {
  if (!('stack' in beginning) || beginning.file === undefined) return;
  const names = new Set(store.view((tx) => tx.services.find(all)).map(({ spec }) => spec.annotations.name));
  const missing = beginning.stack.services.find(({ spec }) => !names.has(spec?.annotations?.name ?? ''));
  if (names.size === 0 || missing === undefined) return;
  throw new StoreTaken(
    `the store has other services than ${beginning.file}, which adds ${missing.spec?.annotations?.name ?? 'one'}. ` +
      'Leave the file out to go on with them, or name another store, as in --store lmdb:./other',
  );
}

/** Options of a run. */
export interface RunOptions {
  /** The store of the run, which the run closes; a new one with the contents of `beginning` where none is given. */
  readonly store?: MemoryStore | undefined;
  readonly beginning: Beginning;
  /** Runs the loops in processes of their own, on the store at the address. */
  readonly members?: { readonly count: number; readonly address: string } | undefined;
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
  const begun = Date.now();
  let loops: RunningLoops | undefined;
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
      `${clock.paused ? 'paused · ' : ''}${chronicle.counts.commits} commits, ` +
      `${follower.compared - follower.different} of ${follower.compared} equal in the follower · Ctrl-C ends the run`,
    ...(keyboard === undefined ? {} : { keys: keyHelp, chosen: () => controls.chosen }),
  });
  const chronicle = startChronicle(store, (line) => display.tell(line));
  const stopped = AbortSignal.any([options.signal, ending.signal]);
  const limit = new AbortController();
  let cancelLimit = (): void => undefined;
  /** The time of the run is over when the limit has passed so often from now on. */
  const limitFromNow = (times: number): void => {
    cancelLimit();
    const time = clock.now() + times * options.limit * options.speed;
    if (options.keep !== true) cancelLimit = clock.callAt(time, () => limit.abort());
  };
  limitFromNow(3);
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
    keyboard?.listen((key) => void controls.press(key));
    // The time limit ends only the scenario; the loops run to the end.
    loops =
      options.members === undefined
        ? startLoops(store, { clock, onError, start, tell: (line) => display.tell(line) })
        : startMembers({
            ...options.members,
            start,
            origin: begun,
            speed: options.speed,
            tell: (line) => display.tell(line),
            onError: (error) => void errors.push(error),
          });
    await Promise.race([loops.begun, whenAborted(signal)]);
    limitFromNow(1);
    await runScenario(store, { clock, signal, tell: (line) => display.tell(line) });
    if (options.keep === true && !stopped.aborted) {
      display.tell(`the cluster goes on until you stop it, with ${keyboard === undefined ? '' : 'q or '}Ctrl-C`);
      await aborted(stopped);
    }
    if (stopped.aborted) display.tell('the run ends here, as you wish');
    else if (limit.signal.aborted) display.tell('the time for this run is over');
  } finally {
    cancelLimit();
    await loops?.stop();
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

/** Starts the loops in this process: at once on a store of its own, and when it leads on one that others may share. */
function startLoops(
  store: MemoryStore,
  { tell, ...options }: LoopOptions & { readonly start: number; readonly tell: (line: string) => void },
): RunningLoops {
  if (!isShared(store)) {
    const loops = startAllLoops(store, options);
    return {
      begun: Promise.resolve(),
      stop: async () => {
        await Promise.all(loops.map((loop) => loop.stop()));
      },
    };
  }
  let led = false;
  const running = leadWhenElected(store, {
    name: `process ${process.pid}`,
    start: (update) => startAllLoops(store, { ...options, update }),
    onChange: (leads) => {
      led = true;
      if (!leads) tell('another process runs the loops now');
    },
    onError: options.onError,
  });
  const timer = setTimeout(() => {
    if (!led) tell('another process runs the loops, or was killed a moment ago; this one waits for its turn');
  }, 500);
  return { ...running, stop: () => running.stop().finally(() => clearTimeout(timer)) };
}

function isShared(store: MemoryStore): store is ReplicatedStore {
  return 'election' in store;
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

function latestTime(store: MemoryStore): number {
  return store.view((tx) =>
    tx.tasks.find(all).reduce((latest, task) => Math.max(latest, statusTime(task), creationTime(task)), 0),
  );
}

function formatTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
