import { ClusterSnapshot } from '../../../wire/generated/snapshot.ts';
import type { RaftMember } from '../../../wire/generated/membership.ts';
import type { ConfState, MemberChange } from '../bytes/raft-messages.ts';

/** The members of consensus at one place of the log. */
export class Membership {
  readonly voters: Set<bigint>;
  readonly #members: Map<bigint, RaftMember>;
  readonly #removed: Set<bigint>;

  /** Without a snapshot there is nobody: the first entries of a log add the first members. */
  constructor(conf?: ConfState, snapshot?: ClusterSnapshot) {
    this.voters = new Set(conf?.voters);
    this.#members = new Map(snapshot?.members.map((member) => [BigInt(member.raftId), member]));
    this.#removed = new Set(snapshot?.removed.map((raftId) => BigInt(raftId)));
  }

  get members(): readonly RaftMember[] {
    return [...this.#members.values()];
  }

  /** The numbers of former members, in the form that `RaftMember` has. */
  get removed(): readonly number[] {
    return ClusterSnapshot.from({ removed: [...this.#removed] }).removed;
  }

  /** True for a member of now or before. */
  knows(raftId: bigint): boolean {
    return this.voters.has(raftId) || this.#members.has(raftId) || this.#removed.has(raftId);
  }

  apply({ type, raftId, member }: MemberChange): void {
    switch (type) {
      case 'add':
        this.voters.add(raftId);
        if (member !== undefined) this.#members.set(raftId, member);
        break;
      case 'add-learner':
        if (member !== undefined) this.#members.set(raftId, member);
        break;
      case 'update':
        if (member !== undefined && this.#members.has(raftId)) this.#members.set(raftId, member);
        break;
      case 'remove':
        this.voters.delete(raftId);
        this.#members.delete(raftId);
        this.#removed.add(raftId);
    }
  }
}
