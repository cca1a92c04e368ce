import { InternalRaftRequest } from '../wire/generated/raft.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { Replica } from './proposer.ts';
import { replayActions } from './replay.ts';
import { restoreState } from './snapshots.ts';
import { versionOf } from './version.ts';
import type { StoreWriter } from './writer.ts';

/** The way in of a store's proposer, see {@link Replica}. */
export function makeReplica(writer: StoreWriter): Replica {
  const { lifecycle } = writer.parts;
  return Object.freeze<Replica>({
    apply: (actions, version) =>
      writer.replicas.add(() => {
        try {
          writer.transact('log', version, (changes, transaction) => {
            transaction.willChange();
            replayActions(changes, InternalRaftRequest.from({ action: actions }).action);
          });
        } catch (error) {
          lifecycle.emit('diverged', { error, version: versionOf(version) });
          throw error;
        }
      }),
    restore: (snapshot, version) =>
      writer.replicas.add(() => {
        writer.transact(
          'copy',
          version,
          (changes, transaction) => {
            transaction.willChange();
            restoreState(changes, StoreSnapshot.from(snapshot));
          },
          true,
        );
        lifecycle.emit('reset', { version: versionOf(version) });
      }),
    stale: (reason) => {
      lifecycle.emit('stale', { reason });
    },
    live: () => {
      lifecycle.emit('live', undefined);
    },
  });
}
