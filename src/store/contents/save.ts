import { all } from '../../model/find/finders.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { trustedStoreSnapshot } from '../../wire/snapshot/trusted-snapshot.ts';
import type { ReadTx } from '../transaction/tx.ts';

/**
 * The contents of a state in swarmkit's form: the store's own frozen objects, in id order. O(rows) for the lists,
 * nothing is copied.
 */
export function saveState(tx: ReadTx): StoreSnapshot {
  const lists = kinds.map((kind) => [tableNames[kind], tx.table(kind).find(all)] as const);
  return trustedStoreSnapshot(Object.fromEntries(lists) as unknown as StoreSnapshot);
}
