import { decodeLogEntry, encodeLogEntry } from '../generated/log.ts';
import type { ContentsHash, EntryParts, TermMark } from '../generated/log.ts';
import { HASH_BYTES, hashOf } from './chain.ts';
import { corrupt } from './frame.ts';
import { logRefused } from './refusal.ts';

/** The name of an entry: its writer, and the writer's count. */
export interface EntryId {
  readonly incarnation: string;
  readonly sequence: number;
}

/** An entry to be written. */
export interface NewEntry extends EntryId {
  readonly clusterId: string;
  readonly slot: number;
  /** The version of the first transaction; the others follow. For an entry without any, the next version. */
  readonly firstVersion: number;
  readonly count: number;
  readonly schema: number;
  /** The hash of the log before this entry. */
  readonly chain: Uint8Array;
  /** The encoded requests, or the parts that hold them. */
  readonly requests: readonly Uint8Array[];
  readonly parts?: EntryParts | undefined;
  /** The term that the entry begins. */
  readonly begins?: TermMark | undefined;
  /** The terms that the writers of the transactions claim. */
  readonly terms: readonly TermMark[];
  /** The members are to look at their contents behind this entry. */
  readonly compares?: boolean;
  /** The writer's contents behind an earlier entry. */
  readonly contents?: ContentsHash | undefined;
}

/** An entry as it was read, with the hash of the log up to and including it. */
export interface Entry extends NewEntry {
  readonly hash: Uint8Array;
  /** The version after the entry, unless the entry is skipped: then it has none of its versions. */
  readonly lastVersion: number;
  /** The size of the body, in bytes. */
  readonly bytes: number;
}

export function sameEntry(a: EntryId, b: EntryId): boolean {
  return a.sequence === b.sequence && a.incarnation === b.incarnation;
}

/** The name of an entry as a segment of a key. */
export function entryName({ incarnation, sequence }: EntryId): string {
  return `${incarnation}-${sequence}`;
}

export function encodeEntry(entry: NewEntry): Uint8Array {
  return encodeLogEntry(entry);
}

/** An entry with what a reader finds out about it. `body` is its encoding. */
export function writtenEntry(entry: NewEntry, body: Uint8Array): Entry {
  return { ...entry, hash: hashOf(body), lastVersion: entry.firstVersion + entry.count - 1, bytes: body.length };
}

/**
 * The entry in the body of a value. Throws `ERR_LOG_REFUSED` for a body that is damaged, that belongs to another slot
 * or that another cluster wrote.
 */
export function decodeEntry(clusterId: string, slot: number, place: string, body: Uint8Array): Entry {
  let entry;
  try {
    entry = decodeLogEntry(body);
  } catch (cause) {
    throw corrupt(place, 'it is no entry', cause);
  }
  if (entry.clusterId !== clusterId) {
    throw logRefused(
      'foreign',
      place,
      `the entry belongs to the cluster ${entry.clusterId}, and this log to ${clusterId}: two clusters use one prefix`,
    );
  }
  if (entry.slot !== slot) throw corrupt(place, `it is the entry of slot ${entry.slot}`);
  if (entry.chain.length !== HASH_BYTES) throw corrupt(place, 'its hash has another length');
  if (entry.parts === undefined && entry.requests.length !== entry.count)
    throw corrupt(place, `it has ${entry.requests.length} of its ${entry.count} transactions`);
  const written = writtenEntry(entry, body);
  if (!Number.isSafeInteger(written.lastVersion)) throw corrupt(place, 'its version is too large');
  return written;
}
