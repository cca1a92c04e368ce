import { StoreError } from '../errors/store-error.ts';
import { tableNames } from '../model/schema/kinds.ts';
import { Version } from '../wire/generated/common.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import type { FollowFrom } from '../follow/follow-options.ts';

// The format has three parts: the version as swarmkit's message, the text of the followed tables, and the objects as a
// snapshot. The first two begin with their length in four bytes, big-endian. Loki's own format is JSON, which loses
// bytes and large integers.

const lengthBytes = 4;

/** The bytes of cached tables. Equal contents give equal bytes. `followed` describes the cached tables and parts. */
export function encodeSaved(
  tables: ReadonlyMap<Kind, Iterable<Kinds[Kind]>>,
  version: Version | undefined,
  followed: string,
): Uint8Array<ArrayBuffer> {
  const contents: Record<string, readonly Kinds[Kind][]> = {};
  for (const [kind, rows] of tables) contents[tableNames[kind]] = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  const head = version === undefined ? new Uint8Array() : Version.encode(version);
  const text = new TextEncoder().encode(followed);
  const body = StoreSnapshot.encode(contents);
  const bytes = new Uint8Array(2 * lengthBytes + head.length + text.length + body.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of [head, text]) {
    view.setUint32(at, part.length);
    bytes.set(part, at + lengthBytes);
    at += lengthBytes + part.length;
  }
  bytes.set(body, at);
  return bytes;
}

/**
 * Decodes the bytes of {@link encodeSaved}. The result has the version only if the source has the `sameLog`, and if the
 * same tables and parts are followed as then: otherwise, the log would not have all missing rows. Throws `ERR_DECODE`.
 */
export function decodeSaved(bytes: Uint8Array, followed: string, sameLog: boolean): FollowFrom {
  let at = 0;
  const part = (name: string): Uint8Array => {
    const start = at + lengthBytes;
    const end =
      start <= bytes.length ? start + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) : Infinity;
    if (end > bytes.length) {
      throw new StoreError('ERR_DECODE', `this is no saved cache: it ends within its ${name}`, {
        messageType: 'saved cache',
        offset: at,
      });
    }
    at = end;
    return bytes.subarray(start, end);
  };
  const head = part('version');
  const text = part('list of tables');
  const contents = StoreSnapshot.decode(bytes.subarray(at));
  const objects = Object.fromEntries(Object.entries(tableNames).map(([kind, name]) => [kind, contents[name]]));
  const resumes = sameLog && head.length > 0 && new TextDecoder().decode(text) === followed;
  return { objects, version: resumes ? Version.decode(head) : undefined };
}
