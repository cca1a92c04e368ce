import { MessageReader, MessageWriter } from './message-bytes.ts';
import type { DriverOperation, DriverTarget } from '../backend/driver.ts';
import type { KvCondition, KvPair } from '../api/calls.ts';

/** The messages of proto/etcd/rpc.proto, as far as they are used. */

const encodeKey = (key: string): Uint8Array => Buffer.from(key);

/**
 * The keys of a target: one, or all that start with its prefix. No UTF-8 has the byte 0xff; `\0` twice is every key.
 */
function range(target: DriverTarget): MessageWriter {
  if (target.key !== undefined) return new MessageWriter().bytes(1, encodeKey(target.key));
  if (target.prefix === '') return new MessageWriter().bytes(1, Buffer.of(0)).bytes(2, Buffer.of(0));
  const prefix = Buffer.from(target.prefix);
  return new MessageWriter().bytes(1, prefix).bytes(2, Buffer.concat([prefix, Buffer.of(0xff)]));
}

export function rangeRequest(
  target: DriverTarget,
  options: { readonly stale?: boolean; readonly countOnly?: boolean } = {},
): Buffer {
  return range(target)
    .flag(7, options.stale === true)
    .flag(9, options.countOnly === true)
    .finish();
}

export interface StoredPair {
  readonly pair: KvPair;
  readonly lease: bigint;
}

export interface RangeResponse {
  readonly revision: bigint;
  readonly pairs: readonly StoredPair[];
}

export function rangeResponse(message: MessageReader): RangeResponse {
  return { revision: headerRevision(message), pairs: message.messages(2).map(storedPair) };
}

function headerRevision(message: MessageReader): bigint {
  return message.message(1).integer(3);
}

function storedPair(message: MessageReader): StoredPair {
  const key = message.text(1);
  return {
    pair: { key, value: Uint8Array.from(message.bytes(5)), lastIndex: message.integer(3) },
    lease: message.integer(6),
  };
}

export function deleteRequest(target: DriverTarget): Buffer {
  return range(target).finish();
}

export function deletedCount(message: MessageReader): number {
  return Number(message.integer(2));
}

/** When the comparisons fail, the keys of the conditions are read in the same step, to tell which one did. */
export function transactionRequest(
  conditions: readonly KvCondition[],
  operations: readonly DriverOperation[],
  leases: ReadonlyMap<string, bigint>,
): Buffer {
  const request = new MessageWriter();
  for (const condition of conditions) request.message(1, compare(condition));
  for (const operation of operations) {
    const put = (): Buffer =>
      new MessageWriter()
        .bytes(1, encodeKey(operation.key))
        .bytes(2, operation.type === 'put' ? operation.value : new Uint8Array())
        .integer(3, leases.get(operation.key) ?? 0n)
        .finish();
    const step = new MessageWriter();
    if (operation.type === 'put') step.message(2, put());
    else step.message(3, deleteRequest({ key: operation.key }));
    request.message(2, step.finish());
  }
  for (const { key } of conditions) {
    // Only the revision counts; values stay where they are.
    const read = range({ key }).flag(8, true).finish();
    request.message(3, new MessageWriter().message(1, read).finish());
  }
  return request.finish();
}

/** A key exists when its revision is greater than 0. */
function compare(condition: KvCondition): Buffer {
  const revision = condition.lastIndex ?? 0n;
  const message = new MessageWriter()
    .integer(1, condition.exists === true ? 1n : 0n)
    .integer(2, 2n)
    .bytes(3, encodeKey(condition.key));
  // A member of a oneof: 0 has to be written, the server would not know which one is compared.
  return revision === 0n
    ? Buffer.concat([message.finish(), Buffer.of(6 << 3, 0)])
    : message.integer(6, revision).finish();
}

export interface TransactionResponse {
  readonly revision: bigint;
  readonly succeeded: boolean;
  /** The `lastIndex` of the key of each condition, undefined where it is absent; only when it did not succeed. */
  readonly found: readonly (bigint | undefined)[];
}

export function transactionResponse(message: MessageReader): TransactionResponse {
  return {
    revision: headerRevision(message),
    succeeded: message.integer(2) === 1n,
    found: message.messages(3).map((response) => rangeResponse(response.message(1)).pairs[0]?.pair.lastIndex),
  };
}

export function watchRequest(target: DriverTarget, start: bigint): Buffer {
  const create = range(target).integer(3, start).finish();
  return new MessageWriter().message(1, create).finish();
}

export interface WatchResponse {
  readonly canceled: boolean;
  readonly compactRevision: bigint;
  readonly reason: string;
  readonly changes: readonly { readonly key: string; readonly pair: KvPair | undefined }[];
  /**
   * The largest revision of the changes, 0 without any. A message holds whole revisions: everything up to it has been
   * told.
   */
  readonly latest: bigint;
}

export function watchResponse(message: MessageReader): WatchResponse {
  const events = message
    .messages(11)
    .map((event) => ({ isDelete: event.integer(1) === 1n, ...storedPair(event.message(2)) }));
  return {
    canceled: message.integer(4) === 1n,
    compactRevision: message.integer(5),
    reason: message.text(6),
    changes: events.map(({ isDelete, pair }) => ({ key: pair.key, pair: isDelete ? undefined : pair })),
    latest: events.reduce((latest, { pair: { lastIndex } }) => (lastIndex > latest ? lastIndex : latest), 0n),
  };
}

export function leaseRequest(field: bigint): Buffer {
  return new MessageWriter().integer(1, field).finish();
}

export function leaseId(message: MessageReader): bigint {
  return message.integer(2);
}

/** 0 when the lease is no more. */
export function leaseSeconds(message: MessageReader): bigint {
  return message.integer(3);
}

export function authenticateRequest(user: string, password: string): Buffer {
  return new MessageWriter().text(1, user).text(2, password).finish();
}

export function authenticateToken(message: MessageReader): string {
  return message.text(2);
}

export function readMessage(bytes: Buffer): MessageReader {
  return new MessageReader(bytes);
}
