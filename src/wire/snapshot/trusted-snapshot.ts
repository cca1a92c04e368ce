import { StoreSnapshotRecord, storeSnapshotType } from '../generated/snapshot.ts';
import type { StoreSnapshot } from '../generated/snapshot.ts';
import { emptyList } from '../values/record.ts';

/**
 * The snapshot of ten lists that are canonical: frozen, with canonical objects only. They are not looked at, so that it
 * costs the same whatever they hold.
 */
export function trustedStoreSnapshot(lists: StoreSnapshot): StoreSnapshot {
  return storeSnapshotType.seal(
    new StoreSnapshotRecord(
      shared(lists.nodes),
      shared(lists.services),
      shared(lists.networks),
      shared(lists.tasks),
      shared(lists.clusters),
      shared(lists.secrets),
      shared(lists.resources),
      shared(lists.extensions),
      shared(lists.configs),
      shared(lists.volumes),
    ),
  );
}

function shared<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? emptyList : list;
}
