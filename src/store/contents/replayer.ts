import { StoreError } from '../../errors/store-error.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import type { StoreActionInput } from '../../wire/generated/raft.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { StoreSnapshotInput } from '../../wire/generated/snapshot.ts';
import type { Kind, KindInputs } from '../../wire/generated/kinds.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { StoreEvent } from '../../model/events.ts';
import { quote } from '../../base/describe.ts';
import { isKindName, kinds, tableNames } from '../../model/schema/kinds.ts';
import { Pacer } from '../../base/pacer.ts';
import { PreparedRestore } from './restore.ts';
import type { Proposer } from '../../model/proposer.ts';
import { replayActions, replayEvents, requireList } from './replay.ts';
import { readSnapshotStream } from './snapshot-intake.ts';
import type { StreamOptions } from './snapshot-stream.ts';
import { restoreRows, restoreState } from './save.ts';
import { keptReachable } from '../../base/long-work.ts';
import type { StoreWriter } from '../writing/writer.ts';

/**
 * The half of a store that takes over what other stores made. The members are those of `MemoryStore`, which describes
 * them.
 */
export class Replayer {
  readonly #writer: StoreWriter;
  readonly #proposer: Proposer | undefined;

  constructor(writer: StoreWriter, proposer: Proposer | undefined) {
    this.#writer = writer;
    this.#proposer = proposer;
  }

  restore(snapshot: StoreSnapshotInput): Promise<void> {
    return this.#replay('copy', undefined, (changes) => {
      restoreState(changes, StoreSnapshot.from(snapshot));
    });
  }

  async restoreFrom(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: StreamOptions): Promise<void> {
    // What cannot be taken at the end is not read at all.
    this.#assertOwnContents();
    this.#writer.assertNotNested();
    this.#writer.turn.assertOpen();
    const { database, tables } = this.#writer.parts;
    const prepared = new PreparedRestore(database, tables);
    await keptReachable(prepared, () => this.#restoreFrom(source, prepared, options));
  }

  async #restoreFrom(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    prepared: PreparedRestore,
    options: StreamOptions,
  ): Promise<void> {
    await readSnapshotStream(source, options, (kind, object) => {
      prepared.take(kind, object);
    });
    const pacer = new Pacer(options.signal);
    await pacer.follow(prepared.state.finish());
    await this.#writer.holding(
      'restore',
      async () => {
        const events = await prepared.compare(pacer);
        if (events.length > 0) this.#writer.replaceAll(prepared.state, events);
      },
      options.signal,
    );
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

  applyStoreActions(actions: readonly StoreActionInput[], version: VersionInput | undefined): Promise<void> {
    return this.#replay('log', version, (changes) => {
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
      this.#writer.transact(origin, version, (changes, transaction) => {
        transaction.willChange();
        work(changes);
      });
    });
  }

  /** Throws `ERR_REPLICATED` where the contents are those of a replicated log. */
  #assertOwnContents(): void {
    if (this.#proposer?.attach === undefined) return;
    throw new StoreError(
      'ERR_REPLICATED',
      'the contents of this store are its proposer’s to replace: changing them here alone would make the members differ. Use update or batch',
      {},
    );
  }
}
