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
import { Silence } from '../feed/silence.ts';
import { FORMAT } from './event-format.ts';
import { EventParser } from './event-parser.ts';
import type { ReceivedEvent } from './event-parser.ts';
import { versionFrom } from './events-request.ts';

/** How an answer is asked for. */
export interface Answerer {
  readonly target: string;
  readonly timeoutMs: number;
  /** Asks the server. `place` says where to go on. Rejects where there is no stream of events. */
  readonly open: (place: SessionParts['place'], signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
}

/** The data of the events `contents` and `live`. */
interface Beginning {
  readonly version: Version | undefined;
  readonly objects: number;
}

/** Follows one answer of `serveEvents` up to its end. Rejects with the reason of the end. */
export async function runEventsSession(answerer: Answerer, parts: SessionParts): Promise<never> {
  const stop = new AbortController();
  const signal = AbortSignal.any([parts.signal, stop.signal]);
  const session = new EventsSession(answerer, parts, (reason) => {
    stop.abort(reason);
  });
  try {
    return await session.run(signal);
  } catch (error) {
    parts.signal.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    session.end();
    stop.abort(new Error('the session has ended'));
  }
}

class EventsSession {
  readonly #answerer: Answerer;
  readonly #parts: SessionParts;
  readonly #silence: Silence;
  #view = '';

  constructor(answerer: Answerer, parts: SessionParts, fail: (reason: RemoteError) => void) {
    this.#answerer = answerer;
    this.#parts = parts;
    this.#silence = new Silence(answerer.timeoutMs, (limitMs) => {
      fail(this.#unreachable(`sent nothing for ${limitMs} ms`));
    });
  }

  async run(signal: AbortSignal): Promise<never> {
    const body = await this.#answerer.open(this.#parts.place, signal);
    const events = this.#events(body, signal);
    for await (const event of events) await this.#take(event, events, signal);
    throw this.#unreachable('ended the stream');
  }

  end(): void {
    this.#silence.end();
  }

  async #take(event: ReceivedEvent, events: AsyncGenerator<ReceivedEvent, void>, signal: AbortSignal): Promise<void> {
    const { copy, place, onLive, onSyncing } = this.#parts;
    switch (event.type) {
      case 'contents': {
        const beginning = this.#beginning(event);
        onSyncing();
        await copy.restoreFrom(this.#contents(beginning.objects, events), beginning.version, signal);
        this.#reach(beginning.version);
        onLive();
        return;
      }
      case 'live': {
        const { version } = this.#beginning(event);
        if (version === undefined || version.index !== place?.version.index)
          throw this.#damaged('it goes on after another version than was asked for');
        onLive();
        return;
      }
      case 'commit': {
        const commit = this.#read(() => Commit.fromJson(JSON.parse(event.data) as JsonValue));
        copy.apply(commit.events.map(actionOf), commit.version);
        this.#reach(commit.version);
        return;
      }
      case 'position':
        this.#pass(versionFrom(event.id));
        return;
      case 'end':
        throw this.#cut(event);
      default:
        throw this.#damaged('it has an event of an unknown type');
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
      if (done === true) throw this.#unreachable('ended the stream');
      if (event.type === 'end') throw this.#cut(event);
      if (event.type === 'live') break;
      if (event.type !== 'objects') throw this.#damaged('its contents are interrupted');
      objects += this.#read(() => addObjects(writer, JSON.parse(event.data)));
      const bytes = writer.take();
      checksum = crc32c(bytes, checksum);
      yield bytes;
    }
    if (objects !== expected) throw this.#damaged(`it has ${objects} objects in place of ${expected}`);
    yield sealOf(objects, checksum);
  }

  async *#events(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<ReceivedEvent, void> {
    const parser = new EventParser(this.#answerer.target);
    const reader = body.getReader();
    const forget = onAbort(signal, () => void reader.cancel().catch(() => undefined));
    try {
      for (;;) {
        const { done, value } = await this.#readBytes(reader);
        signal.throwIfAborted();
        if (done) return;
        this.#silence.heard();
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
      throw this.#unreachable('ended the connection', cause);
    }
  }

  #beginning({ data }: ReceivedEvent): Beginning {
    const { format, version, view, heartbeatMs, objects } = this.#read(
      () => JSON.parse(data) as { readonly [name: string]: unknown },
    );
    if (format !== FORMAT) throw this.#damaged('its format is that of another release of swarmstate');
    if (typeof view !== 'string') throw this.#damaged('it does not name its view');
    this.#view = view;
    this.#silence.expect(heartbeatMs);
    return { version: versionFrom(version), objects: Number(objects ?? 0) };
  }

  #reach(version: Version | undefined): void {
    this.#parts.reach(version === undefined ? undefined : { version, view: this.#view });
  }

  /** Commits up to a version had nothing for this client. */
  #pass(version: Version | undefined): void {
    if (version === undefined) return;
    this.#parts.copy.apply([], version);
    this.#reach(version);
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof SyntaxError || isStoreError(cause) || isRemoteError(cause))) throw cause;
      throw this.#damaged('an event cannot be read', cause);
    }
  }

  #cut({ data }: ReceivedEvent): RemoteError {
    const { target } = this.#answerer;
    const { code, message } = this.#read(() => JSON.parse(data) as { readonly [name: string]: unknown });
    return new RemoteError('ERR_REMOTE_CUT', `${target} ended the stream: ${String(message)} (${String(code)})`, {
      target,
    });
  }

  #damaged(what: string, cause?: unknown): RemoteError {
    const { target } = this.#answerer;
    return new RemoteError('ERR_REMOTE_ANSWER', `the answer of ${target} is damaged: ${what}`, { target }, { cause });
  }

  #unreachable(what: string, cause?: unknown): RemoteError {
    const { target } = this.#answerer;
    return new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${target} ${what}`, { target }, { cause });
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
