import { InvalidAnswer } from '../connection/failure.ts';
import type { KvPair } from '../../api/calls.ts';

/** A key as Consul has it. */
export interface Entry {
  readonly name: string;
  readonly value: Buffer;
  readonly flags: number;
  /** The session that holds the key. */
  readonly session: string | undefined;
  /** Consul's own number of the last write of this key. */
  readonly modifyIndex: number;
}

/** The marks that a store keeps in the flags of its keys. */
export interface Marks {
  /** The number of the write. */
  readonly number: number;
  /** True for a key with a ttl: it is held by a session, and has expired when no session holds it. */
  readonly hasTtl: boolean;
  /** True for a key that is not there, and only takes the place of one while a large transaction is written. */
  readonly isPlaceholder: boolean;
  /** Changes with a write that is to change nothing but Consul's number of the key. */
  readonly isTouched: boolean;
}

/** The flags of keys that a store wrote have this bit as their highest. */
const ownFlags = 2 ** 52;
const largestNumber = 2 ** 48;

/** Numbers of keys that other programs wrote begin here. */
const foreignIndexes = 2n ** 62n;

export function flagsOf({ number, hasTtl = false, isPlaceholder = false, isTouched = false }: Partial<Marks>): number {
  return ownFlags + (number ?? 0) * 8 + Number(hasTtl) + 2 * Number(isPlaceholder) + 4 * Number(isTouched);
}

/** The marks of a key that a store wrote; undefined for the key of another program. */
export function marksOf({ flags }: Entry): Marks | undefined {
  if (!Number.isSafeInteger(flags) || flags < ownFlags) return undefined;
  const bits = flags % 8;
  const number = (flags - ownFlags - bits) / 8;
  if (number < 1 || number >= largestNumber) return undefined;
  const [hasTtl, isPlaceholder, isTouched] = [bits % 2 === 1, (bits & 2) !== 0, (bits & 4) !== 0];
  return { number, hasTtl, isPlaceholder, isTouched };
}

/** True for a key whose ttl is over and that nobody has deleted yet. */
export function isExpired(entry: Entry): boolean {
  return entry.session === undefined && marksOf(entry)?.hasTtl === true;
}

/** True for a key that is there for the users of the store. */
export function isThere(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && marksOf(entry)?.isPlaceholder !== true;
}

export function lastIndexOf(entry: Entry): bigint {
  const marks = marksOf(entry);
  return marks === undefined ? foreignIndexes + BigInt(entry.modifyIndex) : BigInt(marks.number);
}

/** The pair of a store's key, with memory of its own. */
export function pairOf(key: string, entry: Entry): KvPair {
  return { key, value: Uint8Array.from(entry.value), lastIndex: lastIndexOf(entry) };
}

/** Reads a key of an answer. Throws {@link InvalidAnswer} for what no server gives. */
export function entryOf(given: unknown): Entry {
  const { Key, Value, Flags, Session, ModifyIndex } = (given ?? {}) as Readonly<Record<string, unknown>>;
  const isValid =
    typeof Key === 'string' &&
    (Value === undefined || Value === null || typeof Value === 'string') &&
    typeof Flags === 'number' &&
    (Session === undefined || typeof Session === 'string') &&
    Number.isSafeInteger(ModifyIndex) &&
    (ModifyIndex as number) > 0;
  if (!isValid) throw new InvalidAnswer('a key without its parts');
  return {
    name: Key,
    value: typeof Value === 'string' ? Buffer.from(Value, 'base64') : Buffer.alloc(0),
    flags: Flags,
    session: Session === '' ? undefined : Session,
    modifyIndex: ModifyIndex as number,
  };
}
