import { checkCalls } from './check-calls.ts';
import { checkEvents } from './check-events.ts';
import { checkContents, readLog } from './check-log.ts';
import type { Cluster } from './cluster.ts';
import { codeOf } from './operations.ts';
import { startUpdate } from './run-program.ts';

/**
 * Ends the trouble; then everything has to settle, an update has to go through, and all that was promised has to be so.
 * Gives what is wrong.
 */
export async function finish(cluster: Cluster): Promise<readonly string[]> {
  for (const { proposer } of cluster.members) proposer.heal();
  await cluster.log.settle();
  for (const member of cluster.members) {
    if (member.pending > 0) cluster.problem(`${member.pending} calls do not settle`);
    if (member.closing !== undefined && !member.closed) cluster.problem('close does not settle');
    while (member.held.length > 0) member.release();
    const plain = startUpdate(member, { do: 'touch' }, false);
    await cluster.log.settle();
    const { outcome } = plain;
    if (outcome === undefined) cluster.problem('the write lock was not released: an update does not settle');
    else if ('error' in outcome && !(member.closing !== undefined && codeOf(outcome.error) === 'ERR_STORE_CLOSED')) {
      cluster.problem(`a plain update at the end rejects with ${String(outcome.error)}`);
    }
    if (member.closing === undefined && member.proposer.refusals.length > 0)
      cluster.problem(`the store refused ${String(member.proposer.refusals[0])}`);
  }
  await cluster.log.settle();
  const entries = readLog(cluster);
  checkContents(cluster);
  checkCalls(cluster, entries);
  for (const member of cluster.members) checkEvents(cluster, member);
  for (const { store } of cluster.members) void store.close();
  return cluster.problems;
}
