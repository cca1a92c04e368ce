import type { ReadEntry } from './check-log.ts';
import type { BatchRecord, Cluster, Member, UpdateRecord } from './cluster.ts';
import { LEDGER, tokensOf } from './ledger.ts';
import { codeOf, ownFailure } from './operations.ts';

/** Compares what callers were told with what the log holds. */
export function checkCalls(cluster: Cluster, entries: readonly ReadEntry[]): void {
  const left = new Map<string, number>();
  for (const { tokens } of entries) for (const token of tokens) left.set(token, (left.get(token) ?? 0) + 1);
  const ranks = tokensOf(cluster.log.contentsAt().nodes.find(({ id }) => id === LEDGER));
  for (const member of cluster.members) {
    for (const update of member.updates) checkUpdate(cluster, update, left.get(update.token) ?? 0, ranks[update.token]);
    for (const batch of member.batches) checkBatch(cluster, batch, left, entries);
    countUpdates(member);
  }
}

function checkUpdate(
  cluster: Cluster,
  { token, outcome, deed, runs, signal }: UpdateRecord,
  times: number,
  rank: string | undefined,
): void {
  const { situations } = cluster;
  if (outcome === undefined) {
    cluster.problem(`update ${token} never settled`);
    return;
  }
  if ('value' in outcome) {
    if (times !== 1) cluster.problem(`update ${token} resolved, and is in the log ${times} times`);
    else if (rank !== String(outcome.value))
      cluster.problem(`update ${token} resolved to rank ${String(outcome.value)}, and has rank ${rank}`);
    situations.saw('a re-run that resolved', runs > 1);
    return;
  }
  const code = codeOf(outcome.error);
  const unknown = code === 'ERR_OUTCOME_UNKNOWN';
  if (times > (unknown ? 1 : 0))
    cluster.problem(`update ${token} rejected with ${String(outcome.error)}, and is in the log ${times} times`);
  situations.saw('an unknown outcome that landed', unknown && times === 1);
  situations.saw('an unknown outcome that never landed', unknown && times === 0);
  situations.saw('a sequence conflict', code === 'ERR_SEQUENCE_CONFLICT');
  situations.saw('a transaction too large', code === 'ERR_TRANSACTION_TOO_LARGE');
  situations.saw('an update refused because the store is closed', code === 'ERR_STORE_CLOSED');
  situations.saw('a re-run that failed by itself', runs > 1 && (code === 'ERR_EXIST' || code === 'ERR_NOT_EXIST'));
  if (outcome.error === ownFailure && deed.do !== 'fail')
    cluster.problem(`update ${token} got another callback's error`);
  if (signal !== undefined && outcome.error === signal.reason) situations.saw('an abort before anything happened');
}

function checkBatch(
  cluster: Cluster,
  batch: BatchRecord,
  left: ReadonlyMap<string, number>,
  entries: readonly ReadEntry[],
): void {
  const { name, steps, outcome } = batch;
  const { situations } = cluster;
  if (outcome === undefined) {
    cluster.problem(`batch ${name} never settled`);
    return;
  }
  const own = entries.filter(({ tokens }) => tokens.some((token) => token.startsWith(`${name}/`)));
  const order = own.flatMap(({ tokens }) => tokens);
  const numbers = order.map((token) => Number(token.split('/')[1]));
  if (numbers.some((number, n) => n > 0 && number <= (numbers[n - 1] ?? -1)))
    cluster.problem(`the steps of batch ${name} are in the log as ${order.join(' ')}`);
  for (const step of steps) {
    const times = left.get(step.token) ?? 0;
    if (step.outcome === undefined) cluster.problem(`step ${step.token} never settled`);
    else if ('error' in step.outcome && isOwn(step.outcome.error) && times > 0) {
      cluster.problem(`step ${step.token} failed by itself, and is in the log`);
    } else if ('value' in outcome && 'value' in step.outcome && times !== 1) {
      cluster.problem(`batch ${name} resolved, and its step ${step.token} is in the log ${times} times`);
    }
    situations.saw('a step of a batch that ran again', step.runs > 1);
  }
  situations.saw('a batch in several transactions', 'value' in outcome && own.length > 1);
  if ('value' in outcome) return;
  checkFailedBatch(cluster, name, outcome.error, own);
}

function checkFailedBatch(cluster: Cluster, name: string, error: unknown, own: readonly ReadEntry[]): void {
  const { situations } = cluster;
  if (codeOf(error) !== 'ERR_BATCH_FAILED') {
    situations.saw('a batch that failed by itself', error === ownFailure);
    if (error !== ownFailure && codeOf(error) !== 'ERR_STORE_CLOSED')
      cluster.problem(`batch ${name} rejected with ${String(error)}`);
    return;
  }
  const { committed, cause } = error as { readonly committed: number; readonly cause: unknown };
  const changes = own.reduce((sum, entry) => sum + entry.changes, 0);
  const unknown = codeOf(cause) === 'ERR_OUTCOME_UNKNOWN';
  const known = unknown && changes !== committed ? changes - (own.at(-1)?.changes ?? 0) : changes;
  if (known !== committed)
    cluster.problem(`batch ${name} says that ${committed} changes are committed, and the log has ${known}`);
  situations.saw('a failed batch without a committed change', committed === 0);
  situations.saw('a failed batch with committed changes', committed > 0);
  situations.saw('a failed batch whose last transaction landed', changes !== committed);
}

/** True for errors of the callback itself, which say that nothing of the step stays. */
function isOwn(error: unknown): boolean {
  return (
    error === ownFailure ||
    ['ERR_EXIST', 'ERR_NOT_EXIST', 'ERR_SEQUENCE_CONFLICT', 'ERR_TRANSACTION_TOO_LARGE'].includes(String(codeOf(error)))
  );
}

function countUpdates({ cluster, updates }: Member): void {
  for (const { runsAtAbort, outcome } of updates) {
    if (runsAtAbort === undefined || outcome === undefined) continue;
    cluster.situations.saw('an abort while waiting', runsAtAbort === 0);
    cluster.situations.saw('an abort in flight, committed', runsAtAbort > 0 && 'value' in outcome);
    cluster.situations.saw('an abort in flight, not committed', runsAtAbort > 0 && 'error' in outcome);
  }
}
