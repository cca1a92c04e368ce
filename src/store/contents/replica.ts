import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import type { Replica } from '../../model/proposer.ts';
import { replayActions } from './replay.ts';
import { restoreState } from './save.ts';
import { versionOf } from '../../model/version.ts';
import type { StoreWriter } from '../writing/writer.ts';

/** The way in of a store's proposer, see {@link Replica}. */
export function makeReplica(writer: StoreWriter): Replica {
  const { lifecycle } = writer.parts;
  const replay = (version: VersionInput, work: () => void): void => {
    try {
      work();
    } catch (error) {
      lifecycle.emit('diverged', { error, version });
      throw error;
    }
  };
  return Object.freeze<Replica>({
    apply: (actions, version) =>
      writer.replicas.add(() => {
        replay(version, () => {
          writer.transact('log', version, (changes, transaction) => {
            transaction.willChange();
            replayActions(changes, InternalRaftRequest.from({ action: actions }).action);
          });
        });
      }),
    restore: (snapshot, version) =>
      writer.replicas.add(() => {
        replay(version, () => {
          writer.transact(
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
    stale: (reason) => {
      lifecycle.emit('stale', { reason });
    },
    live: () => {
      lifecycle.emit('live', undefined);
    },
  });
}
