import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import type { TailEntry } from '../wal/log-facts.ts';
import type { MemberChange } from '../bytes/raft-messages.ts';
import type { Membership } from './membership.ts';

/** The log of one member, as far as the decision needs it. */
export interface MemberLog {
  readonly folder: string;
  readonly raftId: bigint;
  /** The index of the snapshot, 0 for none. */
  readonly after: number;
  readonly last: number;
  readonly lastTerm: number;
  /** The highest index that the member noted as committed, or that of the snapshot. */
  readonly committed: number;
  /** The entries behind the commit index. */
  readonly tail: ReadonlyMap<number, TailEntry>;
  /** The term of an entry; undefined where the log does not have the entry. */
  termAt(index: number): number | undefined;
  /** The changes of members behind the snapshot, by index. */
  readonly changes: readonly { readonly index: number; readonly changes: readonly MemberChange[] }[];
}

/** The decision on several logs of one swarm. */
export interface Decision {
  /** The position of the log that has everything. */
  readonly best: number;
  /** The highest index that is certain to be committed. */
  readonly certain: number;
  readonly warnings: readonly string[];
}

/**
 * Decides which log has everything that was committed, and how far it is certain. Entries up to the commit index of one
 * member are certain. Behind it, an entry is certain that a majority of the voters has, as far as folders are given. A
 * member that is the only voter has committed all of its log.
 *
 * `membership` gives the members at the snapshot of the log at a position. Throws `ERR_FOLDER_MISMATCH` for logs that
 * contradict each other.
 */
export function decide(logs: readonly MemberLog[], membership: (position: number) => Membership): Decision {
  const best = mostRecent(logs);
  const log = logs[best] as MemberLog;
  const committed = Math.max(...logs.map((each) => each.committed));
  for (const other of logs) checkAgreement(log, other, committed);
  const members = membership(best);
  const pending = [...log.changes];
  let certain = committed;
  for (;;) {
    for (; pending[0] !== undefined && pending[0].index <= certain; pending.shift()) {
      for (const change of pending[0].changes) members.apply(change);
    }
    const further = furthestAgreed(logs, log, certain, members.voters);
    if (further === certain) break;
    certain = further;
  }
  return { best, certain, warnings: lostEntries(logs, log) };
}

/** The position of the log that would win an election: a log that lacks a committed entry cannot win. */
function mostRecent(logs: readonly MemberLog[]): number {
  let best = 0;
  for (const [position, { lastTerm, last }] of logs.entries()) {
    const leader = logs[best] as MemberLog;
    if (lastTerm > leader.lastTerm || (lastTerm === leader.lastTerm && last > leader.last)) best = position;
  }
  return best;
}

/** The log has every committed entry, and of one index there is one committed entry. */
function checkAgreement(log: MemberLog, other: MemberLog, committed: number): void {
  const term = log.termAt(other.committed);
  const known = term === undefined || term === other.termAt(other.committed);
  if (log.last >= committed && known) return;
  throw new SwarmFolderError(
    'ERR_FOLDER_MISMATCH',
    `the logs in ${log.folder} and ${other.folder} contradict each other at index ${other.committed}: ` +
      'one of them was restored from an old copy, or is of another swarm',
    { file: other.folder },
  );
}

function furthestAgreed(
  logs: readonly MemberLog[],
  log: MemberLog,
  certain: number,
  voters: ReadonlySet<bigint>,
): number {
  for (let index = log.last; index > certain; index -= 1) {
    const term = log.termAt(index);
    const holders = new Set<bigint>();
    for (const { raftId, tail } of logs) {
      const own = tail.get(index);
      // The only voter commits its whole log when it starts.
      const counts = own?.term === term && (own?.inTerm === true || voters.size === 1);
      if (counts && voters.has(raftId)) holders.add(raftId);
    }
    if (holders.size * 2 > voters.size) return index;
  }
  return certain;
}

/** Tells of entries of other logs that a newer leader has replaced. */
function lostEntries(logs: readonly MemberLog[], log: MemberLog): readonly string[] {
  return logs.flatMap(({ folder, tail }) => {
    for (const { index, term } of tail.values()) {
      const winner = log.termAt(index);
      if (winner === undefined || winner === term) continue;
      return [`${folder}: the entries from index ${index} on never took effect, because another manager led by then`];
    }
    return [];
  });
}
