import { createHash } from 'node:crypto';
import { MessageFields } from './message-fields.ts';

/** The objects of a store: the encoded object by table and id. */
export type Contents = ReadonlyMap<string, string>;

/** A change of an object. */
export interface ObjectChange {
  readonly kind: 'create' | 'update' | 'remove';
  readonly place: string;
  readonly object: string;
}

/** A term of an election. */
export interface ReplayedTerm {
  readonly election: string;
  readonly token: number;
}

/** An entry of the log. */
export interface ReplayedEntry {
  readonly clusterId: string;
  readonly slot: number;
  readonly writer: string;
  readonly sequence: number;
  readonly firstVersion: number;
  readonly count: number;
  readonly chain: string;
  /** The hash of the log up to and including the entry. */
  readonly hash: string;
  readonly requests: readonly Uint8Array[];
  /** The term that the entry begins. */
  readonly begins: ReplayedTerm | undefined;
  /** The terms that its transactions claim. */
  readonly claims: readonly ReplayedTerm[];
  readonly parts: { readonly count: number; readonly bytes: number; readonly sha256: string } | undefined;
}

/** The tables by the numbers of their fields in `StoreAction`, and in `StoreSnapshot`. */
const inActions = [0, 0, 'node', 'service', 'task', 'network', 'cluster', 'secret', 'resource', 'extension', 'config'];
const inSnapshots = [0, 'node', 'service', 'network', 'task', 'cluster', 'secret', 'resource', 'extension', 'config'];
const tables = { actions: [...inActions, 'volume'], snapshots: [...inSnapshots, 'volume'] };

const kinds = ['unknown', 'create', 'update', 'remove'] as const;

/** The body of a plain value: behind the mark and the kind, in front of the checksum. */
export function bodyOf(value: Uint8Array): Uint8Array {
  const end = value.length - 4;
  const mark = Buffer.from(value.subarray(0, 5)).toString('latin1');
  if (mark !== 'SWL\u0001\u0000') throw new RangeError(`it begins with ${JSON.stringify(mark)}`);
  if (Buffer.from(value).readUInt32LE(end) !== checksumOf(value.subarray(0, end)))
    throw new RangeError('its checksum is wrong');
  return value.subarray(5, end);
}

export function entryOf(body: Uint8Array): ReplayedEntry {
  const fields = new MessageFields(body);
  const begins = fields.bytes(11);
  const partsBytes = fields.bytes(10);
  const parts = partsBytes === undefined ? undefined : new MessageFields(partsBytes);
  return {
    clusterId: fields.text(1),
    slot: fields.number(2),
    writer: fields.text(3),
    sequence: fields.number(4),
    firstVersion: fields.number(5),
    count: fields.number(6),
    chain: hex(fields.bytes(8)),
    hash: sha256Of(body),
    requests: fields.all(9),
    begins: begins === undefined ? undefined : termOf(begins),
    claims: fields.all(12).map(termOf),
    parts: parts && { count: parts.number(1), bytes: parts.number(2), sha256: hex(parts.bytes(3)) },
  };
}

export function termOf(bytes: Uint8Array): ReplayedTerm {
  const fields = new MessageFields(bytes);
  return { election: fields.text(1), token: fields.number(2) };
}

/** The requests that an entry has in parts. */
export function requestsIn(parts: Uint8Array): readonly Uint8Array[] {
  return new MessageFields(parts).all(1);
}

/** The changes of one transaction. */
export function changesIn(request: Uint8Array): readonly ObjectChange[] {
  return new MessageFields(request).all(2).map((action) => {
    const fields = new MessageFields(action);
    const kind = kinds[fields.number(1)] ?? 'unknown';
    if (kind === 'unknown') throw new RangeError(`a change has the kind ${fields.number(1)}`);
    const field = tables.actions.findIndex((_, number) => fields.bytes(number) !== undefined);
    return { kind, ...objectOf(tables.actions[field], fields.bytes(field)) };
  });
}

/** The objects of an encoded `StoreSnapshot`. */
export function contentsOf(snapshot: Uint8Array): Contents {
  const fields = new MessageFields(snapshot);
  const contents = new Map<string, string>();
  for (const [field, table] of tables.snapshots.entries()) {
    for (const bytes of fields.all(field)) {
      const { place, object } = objectOf(table, bytes);
      contents.set(place, object);
    }
  }
  return contents;
}

/** Every object has its id in the field 1. */
function objectOf(
  table: string | number | undefined,
  bytes: Uint8Array | undefined,
): { readonly place: string; readonly object: string } {
  if (typeof table !== 'string' || bytes === undefined) throw new RangeError('a change has no object');
  return {
    place: `${table} ${new MessageFields(bytes).text(1)}`,
    object: Buffer.from(bytes).toString('latin1'),
  };
}

export function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const remainders = Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder % 2 === 0 ? 0 : 0x82f63b78);
  return remainder >>> 0;
});

/** CRC-32C, as RFC 3720 describes it. */
function checksumOf(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (remainders[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
