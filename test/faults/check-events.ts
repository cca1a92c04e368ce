import type { EventRecorder } from 'swarmstate/testing';
import type { Cluster, Member, Resumed } from './cluster.ts';
import { codeOf } from './operations.ts';

/** Checks every stream of events of a store against the log. */
export function checkEvents(cluster: Cluster, member: Member): void {
  const problem = (which: string, error: unknown): void =>
    cluster.problem(`${which}: ${error instanceof Error ? error.message : String(error)}`);
  try {
    checkStream(cluster, member.recorder, 1, member);
  } catch (error) {
    problem('the live stream', error);
  }
  for (const resumed of member.resumed) {
    try {
      checkResumed(cluster, member, resumed);
    } catch (error) {
      problem(`the stream from version ${resumed.from}`, error);
    }
  }
  countProposals(cluster, member);
}

function checkStream(cluster: Cluster, recorder: EventRecorder, first: number, member: Member | undefined): void {
  recorder.assertOrdered();
  recorder.assertUnique();
  recorder.assertAtomic(cluster.log.entries);
  recorder.assertOldObjects();
  const { commits } = recorder;
  const [begun] = commits;
  if (begun !== undefined && begun.reset !== true && begun.version?.index !== first) {
    cluster.problem(`a stream begins with version ${begun.version?.index} in place of ${first}`);
  }
  if (member === undefined) return;
  recorder.assertComplete();
  const last = commits.at(-1)?.version?.index ?? first - 1;
  if (last !== member.store.version?.index)
    cluster.problem(`a stream ends with version ${last} in place of ${member.store.version?.index}`);
}

function checkResumed(cluster: Cluster, member: Member, { from, recorder, error }: Resumed): void {
  const { situations } = cluster;
  const end = recorder?.end === undefined ? error : recorder.end.error;
  if (recorder !== undefined) checkStream(cluster, recorder, from + 1, end === undefined ? member : undefined);
  const code = codeOf(end);
  situations.saw('a replay that caught up', recorder !== undefined && end === undefined && recorder.commits.length > 0);
  situations.saw('a replay whose log was compacted', code === 'ERR_LOG_COMPACTED');
  if (end === undefined || code === 'ERR_STORE_CLOSED') {
    if (code === 'ERR_STORE_CLOSED' && !member.closed) cluster.problem('a replay ended as if the store were closed');
  } else if (code !== 'ERR_LOG_COMPACTED' || cluster.log.trimmed.index <= from) {
    cluster.problem(`the stream from version ${from} ended with ${String(codeOf(end))}`);
  }
}

/** Counts what the proposer did, and compares what it did too late with what was reported. */
function countProposals(cluster: Cluster, { proposer, lateErrors, store }: Member): void {
  const { situations } = cluster;
  let least = 0;
  let most = 0;
  proposer.trace.forEach(({ fault, result, transactions, base }, n) => {
    situations.saw(`fault ${String(fault)}`);
    situations.saw(`a group, ${result}`, transactions > 1);
    situations.saw('a race that another member won', fault === undefined && result === 'conflict');
    const next = proposer.trace[n + 1];
    situations.saw('a group retried one by one', transactions > 1 && result === 'failed' && next?.transactions === 1);
    situations.saw(
      'a commit after a conflict',
      result === 'conflict' && next?.result === 'committed' && next.base > base,
    );
    if (fault === 'hang') most += 1;
    else if (
      fault === 'late-commit' ||
      (result === 'committed' && (fault === 'commit-twice' || fault === 'fail-after-commit'))
    ) {
      least += 1;
      most += 1;
    }
  });
  if (lateErrors.length < least || lateErrors.length > most)
    cluster.problem(`${lateErrors.length} late errors were reported in place of ${least}`);
  const broken = lateErrors.filter((error) => codeOf(error) === 'ERR_PROPOSER_BROKEN').length;
  const expected = proposer.trace.filter(
    ({ fault, result }) => fault === 'late-commit' || (fault === 'commit-twice' && result === 'committed'),
  ).length;
  if (broken !== expected) cluster.problem(`${broken} calls of commit were reported in place of ${expected}`);
  const { waiting, heldMs, snapshots } = store.stats();
  if (waiting > 0 || heldMs > 0 || snapshots > 0)
    cluster.problem(
      `at the end, ${waiting} wait, the write lock is held for ${heldMs} ms, ${snapshots} snapshots are open`,
    );
}
