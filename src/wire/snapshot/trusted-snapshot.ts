import { snapshotFields, snapshotKinds } from '../generated/kinds.ts';
import { StoreSnapshotRecord, storeSnapshotType } from '../generated/snapshot.ts';
import type { StoreSnapshot } from '../generated/snapshot.ts';
import { emptyList } from '../values/record.ts';

/**
 * The snapshot of ten canonical lists: frozen, with canonical objects only. The lists are not looked at, so that the
 * cost does not depend on their lengths.
 */
export function trustedStoreSnapshot(lists: StoreSnapshot): StoreSnapshot {
  const members = snapshotKinds.map((kind) => {
    const list = lists[snapshotFields[kind]];
    return list.length === 0 ? emptyList : list;
  });
  return storeSnapshotType.seal(new StoreSnapshotRecord(...(members as unknown as StoreSnapshotMembers)));
}

/** The lists in the order of their fields, as the constructor takes them. */
type StoreSnapshotMembers = ConstructorParameters<typeof StoreSnapshotRecord>;
