import { crc32c } from '../../base/crc32c.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { checksumText } from './event-format.ts';

/** A server-sent event. */
export interface ReceivedEvent {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: string;
}

const NEWLINE = 10;
const COLON = 58;

/** The length of the line with the checksum: `crc: 0123abcd`. */
const CHECKSUM_LINE = 13;

/** The most bytes of one event. A transaction that is larger than this is not sent through this format. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Divides a stream of bytes into the events of {@link eventBytes}, and checks each. */
export class EventParser {
  readonly #target: string;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The bytes of the event that is not complete. */
  #parts: Uint8Array[] = [];
  #length = 0;
  #lastByte = 0;

  constructor(target: string) {
    this.#target = target;
  }

  /** The events that end in these bytes. Throws `ERR_REMOTE_ANSWER` for a damaged one. */
  push(bytes: Uint8Array): ReceivedEvent[] {
    const events: ReceivedEvent[] = [];
    let start = 0;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) {
      const before = at === 0 ? this.#lastByte : bytes[at - 1];
      if (before !== NEWLINE || (at === start && this.#length === 0)) continue;
      const event = this.#event(this.#take(bytes.subarray(start, at + 1)));
      if (event !== undefined) events.push(event);
      start = at + 1;
    }
    this.#keep(bytes.subarray(start));
    this.#lastByte = bytes.at(-1) ?? this.#lastByte;
    return events;
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.#parts.push(rest);
    this.#length += rest.length;
    if (this.#length > MOST_BYTES) throw this.#damaged(`an event is larger than ${MOST_BYTES} bytes`);
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#length === 0) return last;
    const joined = new Uint8Array(this.#length + last.length);
    let at = 0;
    for (const part of [...this.#parts, last]) {
      joined.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    return joined;
  }

  /** An event with its two line ends; undefined for a comment. */
  #event(bytes: Uint8Array): ReceivedEvent | undefined {
    if (bytes.length === 3 && bytes[0] === COLON) return undefined;
    const end = bytes.length - 2 - CHECKSUM_LINE;
    if (end <= 0) throw this.#damaged('an event has no checksum');
    const head = bytes.subarray(0, end);
    let text: string;
    let line: string;
    try {
      text = this.#decoder.decode(head);
      line = this.#decoder.decode(bytes.subarray(end, bytes.length - 2));
    } catch {
      throw this.#damaged('an event is no text');
    }
    if (line !== `crc: ${checksumText(crc32c(head))}`) throw this.#damaged('the checksum of an event does not match');
    let type = '';
    let id: string | undefined;
    let data = '';
    for (const field of text.split('\n')) {
      if (field.startsWith('event: ')) type = field.slice(7);
      else if (field.startsWith('id: ')) id = field.slice(4);
      else if (field.startsWith('data: ')) data = field.slice(6);
    }
    return { type, id, data };
  }

  #damaged(what: string): RemoteError {
    return new RemoteError('ERR_REMOTE_ANSWER', `the answer of ${this.#target} is damaged: ${what}`, {
      target: this.#target,
    });
  }
}
