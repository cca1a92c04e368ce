import type { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Clock } from 'swarmstate/cache';
import { WorkQueue } from 'swarmstate/loops';
import { backups } from './backup.ts';

/** Options of the loop. */
export interface BackupLoopOptions {
  readonly clock: Clock;
  /** Saves a volume. After a failure, it is called again after growing delays. */
  readonly save: (volumeId: string) => Promise<void>;
  readonly onError: (error: unknown, backupId: string) => void;
}

/**
 * Saves each volume when its backup is due. The loop keeps its knowledge in the store alone. It ends with the store,
 * and then resolves.
 */
export async function runBackups(store: MemoryStore, { clock, save, onError }: BackupLoopOptions): Promise<void> {
  const queue = new WorkQueue({ clock, backOff: { initialMs: 1000, maxMs: 60_000 } });
  const follower = follow(store, { tables: ['resource'], events: [backups.selector()] });
  for (const resource of follower.table('resource')) if (resource.kind === backups.kind) queue.add(resource.id);
  follower.on('commit', ({ events }) => {
    for (const { object } of events) queue.add(object.id);
  });
  void follower.closed.then(() => queue.close());
  const saveIfDue = async (id: string): Promise<number | undefined> => {
    const backup = store.view((tx) => backups.table(tx).get(id))?.value;
    if (backup === undefined) return undefined;
    const due = backup.savedAt + backup.everyMs;
    if (clock.now() < due) return due;
    // The queue handles a failure: the backup comes again later.
    await save(backup.volumeId);
    const now = clock.now();
    await store.update((tx) => {
      // The backup may have been deleted while the volume was saved.
      if (backups.table(tx).get(id) === undefined) return;
      backups.table(tx).modify(id, (draft) => {
        draft.savedAt = now;
      });
    });
    return now + backup.everyMs;
  };
  await queue.run(saveIfDue, { onError });
}
