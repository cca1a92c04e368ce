import type { Sparse } from '../../base/protobuf/service-messages.ts';
import type { KvCondition } from '../api/calls.ts';
import type { DriverOperation } from '../backend/driver.ts';
import { CompareCompareResult, CompareCompareTarget } from './generated/rpc.ts';
import type { Compare, RequestOp, TxnRequest, WatchRequest } from './generated/rpc.ts';
import type { KeyRange, Keyspace } from './keyspace.ts';

/** When a comparison fails, the transaction reads the keys of the conditions, which tells the condition that failed. */
export function transactionRequest(
  keyspace: Keyspace,
  conditions: readonly KvCondition[],
  operations: readonly DriverOperation[],
  leases: ReadonlyMap<string, bigint>,
): Sparse<TxnRequest> {
  return {
    compare: conditions.map((condition) => compare(keyspace, condition)),
    success: operations.map((operation) => requestOf(keyspace, operation, leases.get(operation.key))),
    // The pair that stands in the way comes with the refusal. A key that is to exist and does not has none.
    failure: conditions.map(({ key, exists }) => ({
      requestRange: { key: keyspace.bytesOf(key), keysOnly: exists === true },
    })),
  };
}

function requestOf(keyspace: Keyspace, operation: DriverOperation, lease: bigint | undefined): Sparse<RequestOp> {
  const key = keyspace.bytesOf(operation.key);
  return operation.type === 'put'
    ? { requestPut: { key, value: operation.value, lease } }
    : { requestDeleteRange: { key } };
}

/** A key exists when its revision is greater than 0. */
function compare(keyspace: Keyspace, { key, exists, lastIndex }: KvCondition): Sparse<Compare> {
  return {
    result: exists === true ? CompareCompareResult.GREATER : CompareCompareResult.EQUAL,
    target: CompareCompareTarget.MOD,
    key: keyspace.bytesOf(key),
    modRevision: lastIndex ?? 0n,
  };
}

/** `id` is the number that the messages of this watch have. Large messages come in fragments. */
export function watchRequest(id: bigint, { key, rangeEnd }: KeyRange, start: bigint): Sparse<WatchRequest> {
  return { createRequest: { key, rangeEnd, startRevision: start, watchId: id, fragment: true } };
}
