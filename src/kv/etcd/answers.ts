import type { Reader } from 'protobufjs/minimal.js';
import { readInt64 } from '../../base/protobuf/int64.ts';
import { readerOf, readNested, skipField } from '../../base/protobuf/service-codec.ts';
import { InvalidAnswer } from './connection/failure.ts';
import {
  EventEventType,
  decodeDeleteRangeResponse,
  decodeLeaseGrantResponse,
  decodeLeaseKeepAliveResponse,
  readDeleteRangeResponse,
  readEvent,
  readKeyValue,
  readResponseHeader,
} from './generated/rpc.ts';
import { isInRange } from './keyspace.ts';
import type { KeyRange } from './keyspace.ts';
import type { KeyValue, ResponseHeader } from './generated/rpc.ts';

/**
 * Readers of etcd's answers. Each throws {@link InvalidAnswer} for an answer that no server gives to the request. Pairs
 * and events are checked one by one while they are read, so that the memory of an answer is bounded by its size. An
 * empty pair has two bytes in an answer and takes hundreds in memory. Keys and values share the memory of the answer.
 */

export interface RangeAnswer {
  readonly revision: bigint;
  readonly pairs: readonly KeyValue[];
  /** True when the range has more pairs than were asked for. */
  readonly more: boolean;
}

/** Reads the answer for a range of keys, of which at most `limit` were asked for. */
export function rangeAnswer(answer: Uint8Array, range: KeyRange, limit: number, isReverse: boolean): RangeAnswer {
  const { header, pairs, more } = readRange(readerOf(answer), range, limit, isReverse);
  const revision = revisionOf(header);
  if (more && pairs.length === 0) throw new InvalidAnswer('no pairs, and more of them');
  for (const { modRevision } of pairs) {
    if (modRevision > revision) throw new InvalidAnswer('a pair of a later revision than its own');
  }
  return { revision, pairs, more };
}

function readRange(
  reader: Reader,
  range: KeyRange,
  limit: number,
  isReverse: boolean,
): { readonly header: ResponseHeader | undefined; readonly pairs: readonly KeyValue[]; readonly more: boolean } {
  let header: ResponseHeader | undefined;
  let more = false;
  const pairs: KeyValue[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        header = readNested(reader, readResponseHeader);
        break;
      case 18: {
        if (pairs.length === limit) throw new InvalidAnswer('more pairs than it was asked for');
        const pair = checkedPair(readNested(reader, readKeyValue), range);
        const before = pairs.at(-1);
        if (before !== undefined && Buffer.compare(before.key, pair.key) !== (isReverse ? 1 : -1))
          throw new InvalidAnswer('keys out of their order');
        pairs.push(pair);
        break;
      }
      case 24:
        more = reader.bool();
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { header, pairs, more };
}

export interface TransactionAnswer {
  readonly revision: bigint;
  readonly succeeded: boolean;
  /** The pair of the key of each condition; undefined for an absent key. Empty after a success. */
  readonly found: readonly (KeyValue | undefined)[];
  /** The number of keys that the operations deleted; 0 without success. */
  readonly deleted: number;
}

/** Reads the answer to a transaction with conditions on these keys and so many operations. */
export function transactionAnswer(
  answer: Uint8Array,
  conditions: readonly KeyRange[],
  operations: number,
): TransactionAnswer {
  const { revision, succeeded, parts } = readTransaction(answer, Math.max(conditions.length, operations));
  const expected = succeeded ? operations : conditions.length;
  if (parts.length !== expected) throw new InvalidAnswer(`${parts.length} results in the place of ${expected}`);
  return succeeded
    ? { revision, succeeded, found: [], deleted: parts.reduce((sum, part) => sum + deletedBy(part), 0) }
    : { revision, succeeded, found: conditions.map((key, at) => foundBy(parts[at], key)), deleted: 0 };
}

/** Reads the answer to a transaction without conditions that reads these keys. */
export function readsAnswer(
  answer: Uint8Array,
  keys: readonly KeyRange[],
): { readonly revision: bigint; readonly pairs: readonly (KeyValue | undefined)[] } {
  const { revision, succeeded, parts } = readTransaction(answer, keys.length);
  if (!succeeded || parts.length !== keys.length)
    throw new InvalidAnswer(`${parts.length} results in the place of ${keys.length}`);
  return { revision, pairs: keys.map((key, at) => foundBy(parts[at], key)) };
}

/** Reads the header of the answer to a transaction, and its results as they are. */
function readTransaction(
  answer: Uint8Array,
  most: number,
): { readonly revision: bigint; readonly succeeded: boolean; readonly parts: readonly Reader[] } {
  const reader = readerOf(answer);
  let header: ResponseHeader | undefined;
  let succeeded = false;
  const parts: Reader[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        header = readNested(reader, readResponseHeader);
        break;
      case 16:
        succeeded = reader.bool();
        break;
      case 26:
        if (parts.length === most) throw new InvalidAnswer('more results than the transaction has parts');
        parts.push(readerOf(reader.bytes()));
        break;
      default:
        skipField(reader, tag);
    }
  }
  return { revision: revisionOf(header), succeeded, parts };
}

/** The pair in the result of the read of one key. */
function foundBy(part: Reader | undefined, key: KeyRange): KeyValue | undefined {
  while (part !== undefined && part.pos < part.len) {
    const tag = part.tag();
    if (tag === 10) return readNested(part, (nested) => readRange(nested, key, 1, false)).pairs[0];
    skipField(part, tag);
  }
  throw new InvalidAnswer('no result for a key that was read');
}

/** The number of keys that an operation deleted; 0 for a put. */
function deletedBy(part: Reader): number {
  let deleted = 0n;
  while (part.pos < part.len) {
    const tag = part.tag();
    if (tag === 26) ({ deleted } = readNested(part, readDeleteRangeResponse));
    else skipField(part, tag);
  }
  return countOf(deleted);
}

export function deleteAnswer(answer: Uint8Array): { readonly revision: bigint; readonly deleted: number } {
  const { header, deleted } = decodeDeleteRangeResponse(answer);
  return { revision: revisionOf(header), deleted: countOf(deleted) };
}

export interface WatchAnswer {
  readonly watchId: bigint;
  readonly revision: bigint;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: bigint;
  readonly reason: string;
  /** True when the rest of the events is in the next message of this watch. */
  readonly isPart: boolean;
  readonly changes: readonly StoredChange[];
}

/** A change of a key; `pair` has the key and the revision of a delete, too. */
export interface StoredChange {
  readonly pair: KeyValue;
  readonly isDelete: boolean;
}

export function watchAnswer(answer: Uint8Array): WatchAnswer {
  const reader = readerOf(answer);
  let header: ResponseHeader | undefined;
  let [watchId, compactRevision] = [0n, 0n];
  let [created, canceled, isPart] = [false, false, false];
  let reason = '';
  const changes: StoredChange[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        header = readNested(reader, readResponseHeader);
        break;
      case 16:
        watchId = readInt64(reader);
        break;
      case 24:
        created = reader.bool();
        break;
      case 32:
        canceled = reader.bool();
        break;
      case 40:
        compactRevision = readInt64(reader);
        break;
      case 50:
        reason = reader.string();
        break;
      case 56:
        isPart = reader.bool();
        break;
      case 90: {
        const { type, kv } = readNested(reader, readEvent);
        if (kv === undefined) throw new InvalidAnswer('a change without a key');
        changes.push({ pair: checkedPair(kv), isDelete: type === EventEventType.DELETE });
        break;
      }
      default:
        skipField(reader, tag);
    }
  }
  // A server that has compacted the history of a watch says so without a revision.
  const revision = compactRevision > 0n ? (header?.revision ?? 0n) : revisionOf(header);
  return { watchId, revision, created, canceled, compactRevision, reason, isPart, changes };
}

/** The seconds of the granted lease. */
export function grantAnswer(answer: Uint8Array, id: bigint, seconds: bigint): number {
  const granted = decodeLeaseGrantResponse(answer);
  if (granted.ID !== id) throw new InvalidAnswer('another lease than it was asked for');
  if (granted.TTL < seconds) throw new InvalidAnswer(`a lease of ${granted.TTL} seconds in the place of ${seconds}`);
  return Number(granted.TTL);
}

/** The seconds of a renewed lease; 0 for a lease that is no more. */
export function renewalAnswer(answer: Uint8Array, id: bigint): number {
  const { ID, TTL } = decodeLeaseKeepAliveResponse(answer);
  if (ID !== id) throw new InvalidAnswer('another lease than it was asked for');
  return Math.max(0, Number(TTL));
}

function checkedPair(pair: KeyValue, range?: KeyRange): KeyValue {
  if (pair.key.length === 0) throw new InvalidAnswer('a pair without a key');
  if (pair.modRevision < 1n) throw new InvalidAnswer(`a pair with the revision ${pair.modRevision}`);
  if (range !== undefined && !isInRange(pair.key, range)) throw new InvalidAnswer('another key than it was asked for');
  return pair;
}

function revisionOf(header: ResponseHeader | undefined): bigint {
  if (header === undefined) throw new InvalidAnswer('an answer without a header');
  if (header.revision < 1n) throw new InvalidAnswer(`an answer of the revision ${header.revision}`);
  return header.revision;
}

function countOf(deleted: bigint): number {
  if (deleted < 0n) throw new InvalidAnswer(`a negative number of keys (${deleted})`);
  return Number(deleted);
}
