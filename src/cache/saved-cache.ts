import { StoreError } from '../errors/store-error.ts';
import { tableNames } from '../store/kinds.ts';
import { Version } from '../wire/generated/common.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../wire/kinds.ts';
import type { FollowFrom } from './follow-options.ts';

// One byte with the length of the version, the version, then the objects; both as swarmkit's messages. Loki's own format is JSON, which loses bytes and large integers.

/** The bytes of cached tables, the same for the same contents. */
export function encodeSaved(tables: ReadonlyMap<Kind, Iterable<Kinds[Kind]>>, version: Version | undefined): Uint8Array<ArrayBuffer> {
  const contents: Record<string, readonly Kinds[Kind][]> = {};
  for (const [kind, rows] of tables) contents[tableNames[kind]] = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  const head = Version.encode(version ?? {});
  const body = StoreSnapshot.encode(contents);
  const bytes = new Uint8Array(1 + head.length + body.length);
  bytes[0] = head.length;
  bytes.set(head, 1);
  bytes.set(body, 1 + head.length);
  return bytes;
}

/** The opposite. Throws `ERR_DECODE`. */
export function decodeSaved(bytes: Uint8Array, sameLog: boolean): FollowFrom {
  const [length] = bytes;
  if (length === undefined || length >= bytes.length + (length === 0 ? 1 : 0)) {
    throw new StoreError('ERR_DECODE', 'this is no saved cache: it ends within its version', { messageType: 'saved cache', offset: 0 });
  }
  const version = Version.decode(bytes.subarray(1, 1 + length));
  const contents = StoreSnapshot.decode(bytes.subarray(1 + length));
  const objects = Object.fromEntries(Object.entries(tableNames).map(([kind, name]) => [kind, contents[name]]));
  return { objects: objects, version: sameLog && length > 0 ? version : undefined };
}
