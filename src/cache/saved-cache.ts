import { crc32c } from '../base/crc32c.ts';
import { StoreError } from '../errors/store-error.ts';
import { tableNames } from '../model/schema/kinds.ts';
import { Version } from '../wire/generated/common.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { SEAL_BYTES, SealCheck, isSeal, sealOf } from '../wire/snapshot/seal.ts';
import type { SealedBytes } from '../wire/snapshot/seal.ts';
import type { FollowFrom } from '../follow/follow-options.ts';

// The format has four parts: the version as swarmkit's message, the text of the followed tables, the objects as a
// snapshot, and the seal of a snapshot over all of it. The first two begin with their length in four bytes, big-endian.
// Loki's own format is JSON, which loses bytes and large integers.

const lengthBytes = 4;

const sealedBytes: SealedBytes = { name: 'saved cache', hint: 'Save the cache again' };

/** The bytes of cached tables. Equal contents give equal bytes. `followed` describes the cached tables and parts. */
export function encodeSaved(
  tables: ReadonlyMap<Kind, Iterable<Kinds[Kind]>>,
  version: Version | undefined,
  followed: string,
): Uint8Array<ArrayBuffer> {
  const contents: Record<string, readonly Kinds[Kind][]> = {};
  let objects = 0;
  for (const [kind, rows] of tables) {
    const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
    contents[tableNames[kind]] = sorted;
    objects += sorted.length;
  }
  const head = version === undefined ? new Uint8Array() : Version.encode(version);
  const text = new TextEncoder().encode(followed);
  const body = StoreSnapshot.encode(contents);
  const sealed = 2 * lengthBytes + head.length + text.length + body.length;
  const bytes = new Uint8Array(sealed + SEAL_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of [head, text]) {
    view.setUint32(at, part.length);
    bytes.set(part, at + lengthBytes);
    at += lengthBytes + part.length;
  }
  bytes.set(body, at);
  bytes.set(sealOf(objects, crc32c(bytes.subarray(0, sealed))), sealed);
  return bytes;
}

/**
 * Decodes the bytes of {@link encodeSaved}. The result has the version only if the source has the `sameLog` and the
 * same tables and parts are followed as then. Otherwise, the log would not have all missing rows.
 *
 * Throws `ERR_DECODE` for bytes that are no saved cache, and `ERR_INCOMPLETE_SNAPSHOT` without a matching seal.
 */
export function decodeSaved(bytes: Uint8Array, followed: string, sameLog: boolean): FollowFrom {
  let at = 0;
  const part = (name: string): Uint8Array => {
    const start = at + lengthBytes;
    const end =
      start <= bytes.length ? start + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) : Infinity;
    if (end > bytes.length) throw noSavedCache(`it ends within its ${name}`, at);
    at = end;
    return bytes.subarray(start, end);
  };
  const head = part('version');
  const text = new TextDecoder().decode(part('list of tables'));
  if (!text.startsWith('[')) throw noSavedCache('it has no list of tables', head.length + lengthBytes);
  const end = bytes.length - SEAL_BYTES;
  const check = new SealCheck(sealedBytes);
  if (end < at || !isSeal(bytes, end, bytes.length)) {
    check.add(bytes, 0);
    check.end();
  }
  const contents = StoreSnapshot.decode(bytes.subarray(at, end));
  const objects = Object.fromEntries(Object.entries(tableNames).map(([kind, name]) => [kind, contents[name]]));
  check.add(
    bytes.subarray(0, end),
    Object.values(objects).reduce((sum, rows) => sum + rows.length, 0),
  );
  check.seal(bytes.subarray(end));
  const resumes = sameLog && head.length > 0 && text === followed;
  return { objects, version: resumes ? Version.decode(head) : undefined };
}

function noSavedCache(reason: string, offset: number): StoreError<'ERR_DECODE'> {
  return new StoreError('ERR_DECODE', `this is no saved cache: ${reason}`, { messageType: 'saved cache', offset });
}
