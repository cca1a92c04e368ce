import { quote } from '../../base/text/describe.ts';
import { longWork } from '../../base/long-work.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { StoreEvent } from '../../model/events.ts';
import { isKindName, kinds, tableNames } from '../../model/schema/kinds.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import type { StoreActionInput } from '../../wire/generated/raft.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { StoreSnapshotInput } from '../../wire/generated/snapshot.ts';
import type { Kind, KindInputs } from '../../wire/generated/kinds.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { Decider } from '../writing/decider.ts';
import type { StoreWriter } from '../writing/writer.ts';
import { PreparedRestore } from './prepared-restore.ts';
import { replayActions, replayEvents, requireList } from './replay.ts';
import { restoreRows, restoreState } from './restore.ts';
import { readSnapshotStream } from './snapshot-intake.ts';
import type { SnapshotSource } from './snapshot-intake.ts';
import { checkReplayOptions, checkRestoreOptions } from './stream-options.ts';
import type { ReplayOptions, RestoreOptions } from './stream-options.ts';

/** Takes over contents, log entries and commits of other stores. `MemoryStore` describes the methods. */
export class Replayer {
  readonly #writer: StoreWriter;
  readonly #decider: Decider;

  constructor(writer: StoreWriter, decider: Decider) {
    this.#writer = writer;
    this.#decider = decider;
  }

  restore(snapshot: StoreSnapshotInput, options: ReplayOptions): Promise<void> {
    return this.#replay('copy', givenVersion(options), (changes) => {
      checkReplayOptions(options);
      restoreState(changes, StoreSnapshot.from(snapshot));
    });
  }

  async restoreFrom(source: SnapshotSource, options: RestoreOptions): Promise<void> {
    checkRestoreOptions(options);
    // Nothing is read of a snapshot that could not be put in place at the end.
    this.#assertOwnContents();
    this.#writer.runner.assertNotNested();
    this.#writer.lock.assertOpen();
    const { signal } = options;
    const prepared = new PreparedRestore(this.#writer.runner);
    await longWork(prepared, signal, async (pacer) => {
      await readSnapshotStream(source, options, pacer, (kind, object) => {
        prepared.take(kind, object);
      });
      await prepared.finish(pacer);
      await this.#writer.holding('restore', () => prepared.putInPlace(pacer, options.version, undefined), signal);
    });
  }

  restoreTable<K extends Kind>(kind: K, objects: readonly KindInputs[K][]): Promise<void> {
    return this.#replay('copy', undefined, (changes) => {
      if (!isKindName(kind)) {
        throw new StoreError(
          'ERR_UNKNOWN_ACTION',
          `there is no table of kind ${quote(kind)}; the kinds are ${kinds.join(', ')}`,
          {
            index: 0,
          },
        );
      }
      requireList(objects, tableNames[kind]);
      const snapshot = StoreSnapshot.from({ [tableNames[kind]]: objects });
      restoreRows(changes.table(kind), changes, snapshot[tableNames[kind]] as readonly never[]);
    });
  }

  applyStoreActions(actions: readonly StoreActionInput[], options: ReplayOptions): Promise<void> {
    return this.#replay('log', givenVersion(options), (changes) => {
      checkReplayOptions(options);
      requireList(actions, 'actions');
      replayActions(changes, InternalRaftRequest.from({ action: actions }).action);
    });
  }

  apply(events: readonly StoreEvent[] | undefined, version: VersionInput | undefined): Promise<void> {
    return this.#replay('copy', version, (changes) => {
      replayEvents(changes, requireList(events, 'events'));
    });
  }

  #replay(
    origin: 'log' | 'copy',
    version: VersionInput | undefined,
    work: (changes: ChangeList) => void,
  ): Promise<void> {
    try {
      this.#assertOwnContents();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#writer.exclusively(() => {
      this.#writer.runner.transact(origin, version, (changes, transaction) => {
        transaction.willChange();
        work(changes);
      });
    });
  }

  /** Throws `ERR_REPLICATED` where the contents are those of a replicated log. */
  #assertOwnContents(): void {
    if (!this.#decider.ownsContents) return;
    throw new StoreError(
      'ERR_REPLICATED',
      'the contents of this store are its proposer’s to replace: changing them here alone would make the members ' +
        'differ. Use update or batch',
      {},
    );
  }
}

/** The version of a replay, whose options are checked when its turn has come. */
function givenVersion(options: ReplayOptions): VersionInput | undefined {
  return (options as ReplayOptions | null)?.version;
}
