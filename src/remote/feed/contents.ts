import { all } from '../../model/find/finders.ts';
import { redactObject } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { ReadSnapshot } from '../../store/transaction/tx.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { FeedFormat, ObjectWriter } from './feed-format.ts';
import type { KeptFrame, ViewFrames } from './shared-frames.ts';
import type { FeedView } from './view.ts';

/** The size of a frame of contents, in bytes. */
const CHUNK = 64 * 1024;

/** A smaller frame is joined with the next one, so that frames do not crumble as objects go. */
const SMALLEST = CHUNK / 8;

/**
 * Objects between two looks at the clock. A frame holds objects of one such batch, so that its encoding is not
 * interrupted.
 */
const BATCH = 256;

/** The parts of a feed that its contents need. */
export interface ContentsOptions {
  readonly view: FeedView;
  readonly format: FeedFormat;
  readonly frames: ViewFrames;
  readonly signal: AbortSignal;
}

/**
 * The frames of the contents. A frame whose objects are the same as those of a kept one is not encoded again. So the
 * contents of one state are encoded once for all peers, and a later peer costs the frames that have changed since.
 */
export async function* contentsOf(
  state: ReadSnapshot,
  { format, frames, view, signal }: ContentsOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const total = view.kinds.reduce((objects, kind) => objects + state.table(kind).count(all), 0);
  yield format.contents(state.version, total, view);
  const writer = format.objects();
  for (const kind of view.kinds) {
    const chunks = new Chunks<Kind>(kind, writer, frames, view.redaction);
    let batch: Kinds[Kind][] = [];
    for await (const object of state.table(kind).iterate(all, { yieldAfterMs: 5, signal })) {
      if (batch.push(object) < BATCH) continue;
      yield* chunks.of(batch);
      batch = [];
    }
    yield* chunks.of(batch);
    yield* chunks.rest();
  }
  const end = writer.end?.();
  if (end !== undefined) yield end;
}

/** The frames of one kind of objects: kept ones where they fit, else new ones. */
class Chunks<K extends Kind> {
  readonly #kind: K;
  readonly #writer: ObjectWriter;
  readonly #frames: ViewFrames;
  readonly #redaction: Redaction;
  /** A kept frame of which the last objects may be the first ones, and their number. */
  #kept: KeptFrame | undefined;
  #met = 0;
  /** The objects that wait in the writer. */
  #fresh: Kinds[K][] = [];

  constructor(kind: K, writer: ObjectWriter, frames: ViewFrames, redaction: Redaction) {
    this.#kind = kind;
    this.#writer = writer;
    this.#frames = frames;
    this.#redaction = redaction;
  }

  /** The frames that further objects complete. Nothing waits in the writer behind them. */
  *of(objects: readonly Kinds[K][]): Generator<Uint8Array, void, undefined> {
    for (const object of objects) {
      if (this.#kept !== undefined && this.#kept.objects[this.#met] !== object) this.#giveUp();
      if (this.#kept === undefined) {
        const kept = this.#mayEnd() ? this.#frames.beginningWith(object) : undefined;
        if (kept !== undefined) {
          if (this.#fresh.length > 0) yield this.#take();
          this.#kept = kept;
        }
      }
      if (this.#kept === undefined) {
        this.#add(object);
        if (this.#writer.length >= CHUNK) yield this.#take();
      } else {
        this.#met += 1;
        if (this.#met === this.#kept.objects.length) yield this.#pass(this.#kept);
      }
    }
    if (this.#fresh.length > 0) yield this.#take();
  }

  /** The frame of the last objects. */
  *rest(): Generator<Uint8Array, void, undefined> {
    this.#giveUp();
    if (this.#fresh.length > 0) yield this.#take();
  }

  /** True where a kept frame may follow. */
  #mayEnd(): boolean {
    return this.#fresh.length === 0 || this.#writer.length >= SMALLEST;
  }

  #add(object: Kinds[K]): void {
    this.#writer.add(this.#kind, redactObject<K>(this.#kind, object, this.#redaction));
    this.#fresh.push(object);
  }

  #take(): Uint8Array {
    const bytes = this.#writer.take();
    this.#frames.keep(this.#fresh, bytes);
    this.#fresh = [];
    return bytes;
  }

  #pass({ bytes, objects }: KeptFrame): Uint8Array {
    this.#writer.pass?.(bytes, objects.length);
    this.#kept = undefined;
    this.#met = 0;
    return bytes;
  }

  /** The kept frame does not fit: its first objects, which were met, are encoded with those that follow. */
  #giveUp(): void {
    const met = this.#kept?.objects.slice(0, this.#met) ?? [];
    this.#kept = undefined;
    this.#met = 0;
    for (const object of met) this.#add(object as Kinds[K]);
  }
}
