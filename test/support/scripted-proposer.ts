import type { Change, Proposer, Replica, Version } from 'swarmstate';
import type { StoreAction } from 'swarmstate/proto';
import { deferred } from './store-helpers.ts';

type Commit = (version?: { index: number }) => void;

/** The script for one proposal; where nothing is scripted, the proposer commits at once. */
export type Script = (proposal: {
  readonly actions: readonly StoreAction[];
  readonly commit: Commit;
  readonly signal: AbortSignal | undefined;
}) => Promise<void> | void;

/** A proposer whose every step a test decides. Its log is numbered in steps, as the original's mock is. */
export class ScriptedProposer implements Proposer {
  readonly log: Change[] = [];
  /** The scripts for the next proposals, one after the other. */
  readonly scripts: Script[] = [];
  /** The actions of every proposal, whatever became of it. */
  readonly proposed: (readonly StoreAction[])[] = [];
  readonly maxTransactionBytes?: number | undefined;
  replica: Replica | undefined;
  index = 0;
  readonly #step: number;

  constructor(options: { readonly step?: number; readonly maxTransactionBytes?: number } = {}) {
    this.#step = options.step ?? 1;
    this.maxTransactionBytes = options.maxTransactionBytes;
  }

  /** The next proposal is appended and committed once the gate that this gives resolves. */
  holdNext(): { readonly resolve: () => void } {
    const gate = deferred();
    this.scripts.push(async ({ actions, commit }) => {
      await gate.promise;
      this.append(actions, commit);
    });
    return gate;
  }

  /** Commits the actions under the next version. */
  append(actions: readonly StoreAction[], commit: Commit): void {
    this.index += this.#step;
    this.log.push({ version: { index: this.index }, storeActions: actions });
    commit({ index: this.index });
  }

  async proposeValue(
    actions: readonly StoreAction[],
    commit: Commit,
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<void> {
    this.proposed.push(actions);
    const script = this.scripts.shift();
    if (script === undefined) this.append(actions, commit);
    else await script({ actions, commit, signal });
  }

  getVersion(): Version | undefined {
    return { index: this.index };
  }

  changesBetween(from: Version, to: Version): Iterable<Change> | AsyncIterable<Change> {
    return this.log.filter(({ version }) => version.index > from.index && version.index <= to.index);
  }
}

/** A {@link ScriptedProposer} that hears of others' entries. */
export class AttachedProposer extends ScriptedProposer {
  attach(replica: Replica, _signal?: AbortSignal): void {
    this.replica = replica;
  }

  /** The entry of another member. */
  async foreign(actions: readonly StoreAction[] | readonly object[]): Promise<void> {
    this.index += 1;
    this.log.push({ version: { index: this.index }, storeActions: actions as readonly StoreAction[] });
    await this.replica?.apply(actions as readonly StoreAction[], { index: this.index });
  }
}

type GroupCommit = (versions?: readonly { index: number }[]) => void;

/** The script for a group. */
export type GroupScript = (proposal: {
  readonly transactions: readonly (readonly StoreAction[])[];
  readonly commit: GroupCommit;
  readonly signal: AbortSignal | undefined;
}) => Promise<void> | void;

/** A {@link AttachedProposer} that takes groups. */
export class GroupProposer extends AttachedProposer {
  readonly groups: (readonly (readonly StoreAction[])[])[] = [];
  readonly groupScripts: GroupScript[] = [];

  async proposeGroup(
    transactions: readonly (readonly StoreAction[])[],
    commit: GroupCommit,
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<void> {
    this.groups.push(transactions);
    const script = this.groupScripts.shift();
    if (script === undefined) this.appendGroup(transactions, commit);
    else await script({ transactions, commit, signal });
  }

  appendGroup(transactions: readonly (readonly StoreAction[])[], commit: GroupCommit): void {
    const versions = transactions.map((storeActions) => {
      this.index += 1;
      this.log.push({ version: { index: this.index }, storeActions });
      return { index: this.index };
    });
    commit(versions);
  }
}
