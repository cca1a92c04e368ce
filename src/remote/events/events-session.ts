import { onAbort } from '../../base/async/on-abort.ts';
import { crc32c } from '../../base/crc32c.ts';
import { isRemoteError, RemoteError } from '../../errors/remote-error.ts';
import { isStoreError } from '../../errors/store-error.ts';
import { Commit } from '../../model/commit-json.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import { actionOf } from '../../model/store-actions.ts';
import { codecs } from '../../wire/generated/kinds.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { sealOf } from '../../wire/snapshot/seal.ts';
import { SnapshotWriter } from '../../wire/snapshot/snapshot-writer.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import type { SessionParts } from '../feed/remote-follower.ts';
import { withFrame } from '../feed/session-frame.ts';
import type { FollowedServer, SessionFrame } from '../feed/session-frame.ts';
import { FORMAT } from './event-format.ts';
import { EventParser } from './event-parser.ts';
import type { ReceivedEvent } from './event-parser.ts';
import { versionFrom } from './events-request.ts';

/** How an answer is asked for. */
export interface Answerer extends FollowedServer {
  /** Asks the server. `place` says where to go on. Rejects where there is no stream of events. */
  readonly open: (place: SessionParts['place'], signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
}

/** The data of the events `contents` and `live`. */
interface Beginning {
  readonly version: Version | undefined;
  readonly objects: number;
}

/** Follows one answer of `serveEvents` up to its end. Rejects with the reason of the end. */
export function runEventsSession(answerer: Answerer, parts: SessionParts): Promise<never> {
  return withFrame(answerer, parts, (frame) => new EventsSession(answerer, parts.place, frame).run());
}

class EventsSession {
  readonly #answerer: Answerer;
  readonly #place: SessionParts['place'];
  readonly #frame: SessionFrame;

  constructor(answerer: Answerer, place: SessionParts['place'], frame: SessionFrame) {
    this.#answerer = answerer;
    this.#place = place;
    this.#frame = frame;
  }

  async run(): Promise<void> {
    const body = await this.#answerer.open(this.#place, this.#frame.signal);
    const events = this.#events(body);
    for await (const event of events) await this.#take(event, events);
  }

  async #take(event: ReceivedEvent, events: AsyncGenerator<ReceivedEvent, void>): Promise<void> {
    const frame = this.#frame;
    switch (event.type) {
      case 'contents': {
        const { version, objects } = this.#beginning(event);
        return frame.replace(this.#contents(objects, events), version);
      }
      case 'live':
        frame.resume(this.#place?.version, this.#beginning(event).version);
        return;
      case 'commit': {
        const commit = this.#read(() => Commit.fromJson(JSON.parse(event.data) as JsonValue));
        frame.apply(commit.events.map(actionOf), commit.version);
        return;
      }
      case 'position': {
        const version = versionFrom(event.id);
        if (version !== undefined) frame.apply([], version);
        return;
      }
      case 'end':
        throw this.#cut(event);
      default:
        throw frame.damaged('it has an event of an unknown type');
    }
  }

  /** The bytes of a sealed snapshot, made of the events up to `live`. */
  async *#contents(
    expected: number,
    events: AsyncGenerator<ReceivedEvent, void>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const writer = new SnapshotWriter();
    let objects = 0;
    let checksum = 0;
    for (;;) {
      const { done, value: event } = await events.next();
      if (done === true) throw this.#frame.unreachable('ended the stream');
      if (event.type === 'end') throw this.#cut(event);
      if (event.type === 'live') break;
      if (event.type !== 'objects') throw this.#frame.damaged('its contents are interrupted');
      objects += this.#read(() => addObjects(writer, JSON.parse(event.data)));
      const bytes = writer.take();
      checksum = crc32c(bytes, checksum);
      yield bytes;
    }
    if (objects !== expected) throw this.#frame.damaged(`it has ${objects} objects in place of ${expected}`);
    yield sealOf(objects, checksum);
  }

  async *#events(body: ReadableStream<Uint8Array>): AsyncGenerator<ReceivedEvent, void> {
    const { signal } = this.#frame;
    const parser = new EventParser(this.#answerer.target);
    const reader = body.getReader();
    const forget = onAbort(signal, () => void reader.cancel().catch(() => undefined));
    try {
      for (;;) {
        const { done, value } = await this.#readBytes(reader);
        signal.throwIfAborted();
        if (done) return;
        this.#frame.heard();
        yield* parser.push(value);
      }
    } finally {
      forget();
      reader.cancel().catch(() => undefined);
    }
  }

  async #readBytes(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<
    { readonly done: true; readonly value?: undefined } | { readonly done: false; readonly value: Uint8Array }
  > {
    try {
      return (await reader.read()) as { readonly done: false; readonly value: Uint8Array };
    } catch (cause) {
      throw this.#frame.unreachable('ended the connection', cause);
    }
  }

  #beginning({ data }: ReceivedEvent): Beginning {
    const { format, version, view, heartbeatMs, objects } = this.#read(
      () => JSON.parse(data) as { readonly [name: string]: unknown },
    );
    if (format !== FORMAT) throw this.#frame.damaged('its format is that of another release of swarmstate');
    if (typeof view !== 'string') throw this.#frame.damaged('it does not name its view');
    this.#frame.begin(view, heartbeatMs);
    return { version: versionFrom(version), objects: Number(objects ?? 0) };
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof SyntaxError || isStoreError(cause) || isRemoteError(cause))) throw cause;
      throw this.#frame.damaged('an event cannot be read', cause);
    }
  }

  #cut({ data }: ReceivedEvent): RemoteError {
    const { target } = this.#answerer;
    const { code, message } = this.#read(() => JSON.parse(data) as { readonly [name: string]: unknown });
    return new RemoteError('ERR_REMOTE_CUT', `${target} ended the stream: ${String(message)} (${String(code)})`, {
      target,
    });
  }
}

/** Adds the objects of an event, pairs of kind and object. Returns their number. */
function addObjects(writer: SnapshotWriter, pairs: unknown): number {
  if (!Array.isArray(pairs)) throw new SyntaxError('the objects are no list');
  for (const [kind, object] of pairs as readonly (readonly [unknown, JsonValue])[]) {
    if (!isKindName(kind)) throw new SyntaxError('an object has no kind');
    writer.add<Kind>(kind, codecs[kind].fromJson(object));
  }
  return pairs.length;
}
