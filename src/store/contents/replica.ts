import type { Emitter } from '../../base/emitter.ts';
import { longWork } from '../../base/long-work.ts';
import type { Replica } from '../../model/proposer.ts';
import { versionOf } from '../../model/version.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { LifecycleEvents } from '../telling/lifecycle.ts';
import type { StoreWriter } from '../writing/writer.ts';
import { PreparedRestore } from './prepared-restore.ts';
import { replayActions, requireList } from './replay.ts';
import { restoreState } from './restore.ts';
import { readSnapshotStream } from './snapshot-intake.ts';
import { checkReplicaRestoreOptions } from './stream-options.ts';

/** The way in of a store's proposer, see {@link Replica}. `closing` aborts when the store begins to close. */
export function makeReplica(writer: StoreWriter, lifecycle: Emitter<LifecycleEvents>, closing: AbortSignal): Replica {
  const { runner, replicas } = writer;
  const diverged = (error: unknown, version: VersionInput): void => {
    lifecycle.emit('diverged', { error, version });
  };
  const replay = (version: VersionInput, work: () => void): void => {
    try {
      work();
    } catch (error) {
      diverged(error, version);
      throw error;
    }
  };
  return Object.freeze<Replica>({
    apply: (actions, version) =>
      replicas.add(() => {
        replay(version, () => {
          runner.transact('log', version, (changes, transaction) => {
            transaction.willChange();
            requireList(actions, 'actions');
            replayActions(changes, InternalRaftRequest.from({ action: actions }).action);
          });
        });
      }),
    restore: (snapshot, version) =>
      replicas.add(() => {
        replay(version, () => {
          runner.transact(
            'copy',
            version,
            (changes, transaction) => {
              transaction.willChange();
              restoreState(changes, StoreSnapshot.from(snapshot));
            },
            true,
          );
        });
        lifecycle.emit('reset', { version: versionOf(version) });
      }),
    restoreFrom: (source, version, options = {}) =>
      replicas.addPrepared(async () => {
        checkReplicaRestoreOptions(options);
        const given = versionOf(version);
        const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
        const prepared = new PreparedRestore(runner);
        await longWork(prepared, signal, async (pacer) => {
          await readSnapshotStream(source, { ...options, signal }, pacer, (kind, object) => {
            prepared.take(kind, object);
          });
          await prepared.finish(pacer);
        });
        return async () => {
          try {
            await longWork(prepared, signal, (pacer) => prepared.putInPlace(pacer, given, true));
          } catch (error) {
            if (!signal.aborted) diverged(error, version);
            throw error;
          }
          lifecycle.emit('reset', { version: given });
        };
      }),
    stale: (reason) => {
      lifecycle.emit('stale', { reason });
    },
    live: () => {
      lifecycle.emit('live', undefined);
    },
    diverged,
    refuseWaiting: (reason) => {
      writer.lock.refuseWaiting(reason);
    },
  });
}
