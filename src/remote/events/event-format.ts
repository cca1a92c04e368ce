import { crc32c } from '../../base/crc32c.ts';
import { Commit } from '../../model/commit-json.ts';
import type { Version } from '../../wire/generated/common.ts';
import { codecs } from '../../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { MessageCodec } from '../../wire/codec/message-codec.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import type { FeedFormat, ObjectWriter } from '../feed/feed-format.ts';

/** The number of the format, which a change of the events raises. */
export const FORMAT = 1;

const encoder = new TextEncoder();

/**
 * One server-sent event. The field `crc` has the CRC-32C of the lines before it, so that a damaged event is noticed;
 * `EventSource` passes over it.
 */
export function eventBytes(type: string, data: string, version?: Version): Uint8Array {
  const id = version === undefined ? '' : `id: ${String(version.index)}\n`;
  const text = encoder.encode(`event: ${type}\n${id}data: ${data}\n`);
  const end = encoder.encode(`crc: ${checksumText(crc32c(text))}\n\n`);
  const bytes = new Uint8Array(text.length + end.length);
  bytes.set(text);
  bytes.set(end, text.length);
  return bytes;
}

/** Eight hexadecimal digits. */
export function checksumText(checksum: number): string {
  return (checksum >>> 0).toString(16).padStart(8, '0');
}

/** A comment: it keeps proxies and the client from taking a silent connection for a dead one. */
export const heartbeat: Uint8Array = encoder.encode(':\n\n');

/** Feeds as server-sent events. `heartbeatMs` is told to the client. */
export function eventFormat(heartbeatMs: number): FeedFormat {
  const begin = (version: Version | undefined, view: string): { [name: string]: JsonValue } => ({
    format: FORMAT,
    ...(version === undefined ? {} : { version: String(version.index) }),
    view,
    heartbeatMs,
  });
  return {
    // Without an id: a browser that is cut off before `live` gets the contents again.
    contents: (version, objects, { name }) =>
      eventBytes('contents', JSON.stringify({ ...begin(version, name), objects })),
    objects: () => new JsonObjects(),
    live: (version, { name }) => eventBytes('live', JSON.stringify(begin(version, name)), version),
    commit: (commit) => eventBytes('commit', JSON.stringify(Commit.toJson(commit)), commit.version),
  };
}

/** The version of commits that had nothing for the client. */
export function positionEvent(version: Version): Uint8Array {
  return eventBytes('position', '{}', version);
}

/** The last event of a stream that the server ends. */
export function endEvent(code: string, message: string): Uint8Array {
  return eventBytes('end', JSON.stringify({ code, message }));
}

/** Objects as an array of pairs of kind and object. */
class JsonObjects implements ObjectWriter {
  #texts: string[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add<K extends Kind>(kind: K, object: Kinds[K]): void {
    const codec: MessageCodec<Kinds[K], KindInputs[K]> = codecs[kind];
    const text = `["${kind}",${JSON.stringify(codec.toJson(object, { any: 'bytes' }))}]`;
    this.#texts.push(text);
    this.#length += text.length;
  }

  take(): Uint8Array {
    const data = `[${this.#texts.join(',')}]`;
    this.#texts = [];
    this.#length = 0;
    return eventBytes('objects', data);
  }
}
