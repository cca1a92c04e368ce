import { setTimeout as pause } from 'node:timers/promises';
import type { ReplicatedOptions } from 'swarmstate/replicated';
import type { ServerCluster } from '../../../scripts/engines/process/server-cluster.ts';
import type { ProcessCluster } from './process-cluster.ts';

/** Snapshots and trims come all the time, so that faults meet them. */
export const busyOptions: ReplicatedOptions = { snapshotEvery: 25, keepEntries: 3 };

/** A server that does not answer is left after a second. */
export const impatientOptions: ReplicatedOptions = { ...busyOptions, callMs: 1000, engine: { timeoutMs: 1000 } };

/** The longest time for anything to go on, in milliseconds. */
const MOST_WAIT = 60_000;

/** Counts the situations that a scenario met. */
export type Counters = Record<string, number>;

function count(counters: Counters, what: string): void {
  counters[what] = (counters[what] ?? 0) + 1;
}

/** Kills processes at random moments, one after the other: amid calls, snapshots, trims and their own start. */
export async function kills(cluster: ProcessCluster, times: number, counters: Counters): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await pause(cluster.random.below(300));
    const victim = cluster.anyMember();
    count(counters, 'kills');
    if (victim.pending > 0) count(counters, 'kills amid transactions');
    victim.kill();
    await cluster.expectProgress(2, `the kill of ${victim.name}`);
  }
}

/**
 * Stops a process amid its transactions until the others have trimmed the log behind it, and lets it go on. On lmdb a
 * process may be stopped while it has the only right to write: nobody gets on then until it goes on.
 */
export async function stops(
  cluster: ProcessCluster,
  times: number,
  counters: Counters,
  mayHoldUp: boolean,
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const stopped = cluster.anyMember();
    await stopped.opened();
    await cluster.until(() => stopped.pending > 0);
    const other = cluster.members.find((member) => member !== stopped);
    if (other === undefined) throw new Error('a member alone cannot be overtaken');
    count(counters, 'stops');
    stopped.stop();
    const { slot } = await other.figures();
    const passed = async (): Promise<boolean> => (await other.figures()).floor > slot + 1;
    let isPassed = await passed();
    while (!isPassed && (await cluster.progress(1, mayHoldUp ? 3000 : MOST_WAIT))) isPassed = await passed();
    count(counters, isPassed ? 'stops behind a trimmed log' : 'stops with the right to write');
    // Nothing but lmdb's lock may hold the others up.
    if (!isPassed && !mayHoldUp) throw new Error(`nobody trimmed the log past ${stopped.name}`);
    stopped.goOn();
    // The process answers, and has caught up.
    await stopped.state();
  }
}

/** Kills the leader of the servers and starts it again, then keeps another server from answering for a while. */
export async function lostServers(
  cluster: ProcessCluster,
  servers: ServerCluster,
  rounds: number,
  counters: Counters,
): Promise<void> {
  const { endpoints } = servers;
  for (let round = 0; round < rounds; round += 1) {
    const leader = await servers.leader();
    count(counters, 'leaders killed');
    await servers.kill(leader);
    await cluster.expectProgress(20, 'the end of the leader');
    servers.start(leader);
    await servers.answers(leader);
    const server = (leader + 1 + cluster.random.below(endpoints.length - 1)) % endpoints.length;
    count(counters, 'servers stopped');
    servers.pause(server);
    const goes = await cluster.progress(20);
    servers.goOn(server);
    if (!goes) throw new Error('no update was acknowledged while one of three servers was stopped');
    await cluster.expectProgress(20, 'the last fault of a round');
  }
}
