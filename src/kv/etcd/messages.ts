import type { Sparse } from '../../base/protobuf/service-messages.ts';
import type { KvCondition, KvPair } from '../api/calls.ts';
import type { DriverOperation, DriverTarget } from '../backend/driver.ts';
import { CompareCompareResult, CompareCompareTarget, EventEventType, newKeyValue } from './generated/rpc.ts';
import type {
  Compare,
  DeleteRangeRequest,
  KeyValue,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
  TxnResponse,
  WatchRequest,
  WatchResponse,
} from './generated/rpc.ts';

/** The messages of etcd for the calls of a driver. */

/**
 * The keys of a target: one key, or all keys that start with its prefix. No UTF-8 has the byte 0xff. Twice `\0` means
 * every key.
 */
export function keysOf(target: DriverTarget): Sparse<DeleteRangeRequest> {
  if (target.key !== undefined) return { key: Buffer.from(target.key) };
  if (target.prefix === '') return { key: Buffer.of(0), rangeEnd: Buffer.of(0) };
  const prefix = Buffer.from(target.prefix);
  return { key: prefix, rangeEnd: Buffer.concat([prefix, Buffer.of(0xff)]) };
}

export function rangeRequest(
  target: DriverTarget,
  options: { readonly stale?: boolean; readonly countOnly?: boolean } = {},
): Sparse<RangeRequest> {
  return { ...keysOf(target), serializable: options.stale, countOnly: options.countOnly };
}

export interface StoredPair {
  readonly pair: KvPair;
  readonly lease: bigint;
}

export interface StoredPairs {
  readonly revision: bigint;
  readonly pairs: readonly StoredPair[];
}

export function storedPairs({ header, kvs }: RangeResponse): StoredPairs {
  return { revision: header?.revision ?? 0n, pairs: kvs.map(storedPair) };
}

/** A pair with memory of its own: the message shares that of a larger buffer. */
function storedPair({ key, value, modRevision, lease }: KeyValue): StoredPair {
  return { pair: { key: textOf(key), value: Uint8Array.from(value), lastIndex: modRevision }, lease };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** When a comparison fails, the transaction reads the keys of the conditions, which tells the condition that failed. */
export function transactionRequest(
  conditions: readonly KvCondition[],
  operations: readonly DriverOperation[],
  leases: ReadonlyMap<string, bigint>,
): Sparse<TxnRequest> {
  return {
    compare: conditions.map(compare),
    success: operations.map((operation) => requestOf(operation, leases.get(operation.key))),
    // Only the revisions count, so that the values stay at the server.
    failure: conditions.map(({ key }) => ({ requestRange: { ...keysOf({ key }), keysOnly: true } })),
  };
}

function requestOf(operation: DriverOperation, lease: bigint | undefined): Sparse<RequestOp> {
  const { key } = operation;
  return operation.type === 'put'
    ? { requestPut: { key: Buffer.from(key), value: operation.value, lease } }
    : { requestDeleteRange: keysOf({ key }) };
}

/** A key exists when its revision is greater than 0. */
function compare({ key, exists, lastIndex }: KvCondition): Sparse<Compare> {
  return {
    result: exists === true ? CompareCompareResult.GREATER : CompareCompareResult.EQUAL,
    target: CompareCompareTarget.MOD,
    key: Buffer.from(key),
    modRevision: lastIndex ?? 0n,
  };
}

export interface TransactionOutcome {
  readonly revision: bigint;
  readonly succeeded: boolean;
  /** The `lastIndex` of the key of each condition, undefined for an absent key. Empty after a success. */
  readonly found: readonly (bigint | undefined)[];
}

export function transactionOutcome({ header, succeeded, responses }: TxnResponse): TransactionOutcome {
  return {
    revision: header?.revision ?? 0n,
    succeeded,
    found: responses.map(({ responseRange }) => responseRange?.kvs[0]?.modRevision),
  };
}

export function watchRequest(target: DriverTarget, start: bigint): Sparse<WatchRequest> {
  return { createRequest: { ...keysOf(target), startRevision: start } };
}

export interface WatchedChanges {
  readonly canceled: boolean;
  readonly compactRevision: bigint;
  readonly reason: string;
  readonly changes: readonly { readonly key: string; readonly pair: KvPair | undefined }[];
  /** The largest revision of the changes, 0 without any. A message holds whole revisions: nothing of it is missing. */
  readonly latest: bigint;
}

export function watchedChanges({ canceled, compactRevision, cancelReason, events }: WatchResponse): WatchedChanges {
  const changes = events.map(({ type, kv = newKeyValue() }) => ({ type, pair: storedPair(kv).pair }));
  return {
    canceled,
    compactRevision,
    reason: cancelReason,
    changes: changes.map(({ type, pair }) => ({
      key: pair.key,
      pair: type === EventEventType.DELETE ? undefined : pair,
    })),
    latest: changes.reduce((latest, { pair: { lastIndex } }) => (lastIndex > latest ? lastIndex : latest), 0n),
  };
}
