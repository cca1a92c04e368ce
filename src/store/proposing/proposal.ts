import { StoreError } from '../../errors/store-error.ts';
import type { Proposer } from '../../model/proposer.ts';
import { actionOf } from '../../model/store-actions.ts';
import { shiftVersion, versionOf } from '../../model/version.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';
import type { Outcome } from '../writing/decider.ts';
import type { TransactionRunner } from '../writing/transaction-runner.ts';

/**
 * Offers the open transaction to the proposer and waits until it settles. Afterwards the transaction is committed and
 * published, or rolled back; there is nothing in between, whatever the proposer does.
 */
export async function propose(
  runner: TransactionRunner,
  proposer: Proposer,
  transaction: WriteTransaction,
  lists: readonly ChangeList[],
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const changed = lists.filter((list) => list.events.length > 0);
  let state: 'open' | 'committed' | 'rolled back' = 'open';
  const commit = (versions: () => readonly VersionInput[] | undefined): void => {
    if (state !== 'open') {
      const what = state === 'committed' ? 'more than once' : 'after its proposal had failed';
      runner.lateError(
        new StoreError('ERR_PROPOSER_BROKEN', `the proposer called commit ${what}; the call was ignored`, {}),
      );
      return;
    }
    state = 'committed';
    runner.commit(
      transaction,
      changed.map((list) => list.events),
      usable(runner, versions),
    );
  };
  let failure: { readonly error: unknown } | undefined;
  try {
    await offer(proposer, changed, commit, signal);
  } catch (error) {
    failure = { error };
  }
  // TypeScript does not see that commit may have been called.
  if ((state as string) === 'committed') {
    if (failure !== undefined) runner.lateError(failure.error);
    return { committed: true };
  }
  state = 'rolled back';
  runner.rollback(transaction);
  const broken = new StoreError(
    'ERR_PROPOSER_BROKEN',
    'the proposer resolved without having called commit; nothing was written',
    {},
  );
  const error = failure === undefined ? broken : failure.error;
  return { committed: false, error, lostRace: codeOf(error) === 'ERR_PROPOSAL_CONFLICT' };
}

/** True for the error of a proposer that does not know whether the entry will be decided. */
export function mayStillLand(error: unknown): boolean {
  return codeOf(error) === 'ERR_OUTCOME_UNKNOWN';
}

/** A proposer's errors go by their code, whatever their class. */
function codeOf(error: unknown): unknown {
  try {
    return (error as { readonly code?: unknown } | null | undefined)?.code;
  } catch {
    // A foreign object may throw when it is looked at.
    return undefined;
  }
}

/** Calls the proposer, and gives what it promises; it may also throw at once. */
function offer(
  proposer: Proposer,
  changed: readonly ChangeList[],
  commit: (versions: () => readonly VersionInput[] | undefined) => void,
  signal: AbortSignal | undefined,
): Promise<void> | undefined {
  const transactions = changed.map((list) => Object.freeze(list.events.map(actionOf)));
  const options = signal === undefined ? {} : { signal };
  const [only] = transactions;
  if (transactions.length === 1 && only !== undefined) {
    return proposer.proposeValue(
      only,
      (version) => {
        commit(() => versionsOf(proposer, 1, version === undefined ? undefined : [version]));
      },
      options,
    );
  }
  return proposer.proposeGroup?.(
    transactions,
    (versions) => {
      commit(() => versionsOf(proposer, transactions.length, versions));
    },
    options,
  );
}

/** The versions that a proposer gave. A decided transaction happens also where they are no versions at all. */
function usable(
  runner: TransactionRunner,
  versions: () => readonly VersionInput[] | undefined,
): readonly VersionInput[] | undefined {
  try {
    return versions();
  } catch (error) {
    runner.lateError(error);
    return undefined;
  }
}

/**
 * The versions of a group are consecutive; where the proposer does not give them, the last is what it says the version
 * is now. A decided transaction happens, also where the proposer cannot say its version: then it has none.
 */
function versionsOf(
  proposer: Proposer,
  size: number,
  given: readonly VersionInput[] | undefined,
): readonly VersionInput[] | undefined {
  if (given?.length === size) return given.map(versionOf);
  if (size === 1) return given?.slice(-1).map(versionOf);
  const last = given?.at(-1) ?? lastVersion(proposer);
  if (last === undefined) return undefined;
  return Array.from({ length: size }, (_, position) => shiftVersion(versionOf(last), position + 1 - size));
}

function lastVersion(proposer: Proposer): VersionInput | undefined {
  try {
    return proposer.getVersion();
  } catch {
    // The commits will ask again, one by one, and report it.
    return undefined;
  }
}
