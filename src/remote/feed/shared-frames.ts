import type { Commit } from '../../model/events.ts';

/** The encoded bytes that a server keeps for all its peers together, where no option says otherwise. */
export const SHARED_BYTES: number = 64 * 1024 * 1024;

/** A frame of contents that is kept. */
export interface KeptFrame {
  readonly bytes: Uint8Array;
  /** The objects in the frame as the store has them; for a commit, its first event. Never empty. */
  readonly objects: readonly object[];
}

/** A frame on the shelf, and the map that finds it. */
interface ShelvedFrame extends KeptFrame {
  readonly home: Map<object, ShelvedFrame>;
}

/**
 * Encoded frames that the peers of a server share. The frames that were used last stay, up to a limit of bytes. Each
 * view has its own frames, because a frame of one view may hold secrets that another view must not show.
 */
export class SharedFrames {
  readonly #shelf: Shelf;
  readonly #views = new Map<string, ViewFrames>();

  constructor(limit: number) {
    this.#shelf = new Shelf(limit);
  }

  /** The bytes that are kept. */
  get bytes(): number {
    return this.#shelf.bytes;
  }

  /** The frames of a view, by its name. */
  of(view: string): ViewFrames {
    let frames = this.#views.get(view);
    if (frames === undefined) {
      frames = new ViewFrames(this.#shelf);
      this.#views.set(view, frames);
    }
    return frames;
  }

  /** Forgets all frames: nobody is there to share them. */
  clear(): void {
    this.#views.clear();
    this.#shelf.clear();
  }
}

/** The kept frames of one view. */
export class ViewFrames {
  readonly #shelf: Shelf;
  readonly #frames = new Map<object, ShelvedFrame>();

  /** Use {@link SharedFrames.of}. */
  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** The frame of a commit with at least one event. Calls `encode` where the frame is not kept. */
  commit({ events: [first] }: Commit, encode: () => Uint8Array): Uint8Array {
    // An event belongs to one commit only.
    const known = first === undefined ? undefined : this.beginningWith(first);
    if (known !== undefined) return known.bytes;
    const bytes = encode();
    if (first !== undefined) this.keep([first], bytes);
    return bytes;
  }

  /** The kept frame whose first object is this one; undefined where there is none. */
  beginningWith(first: object): KeptFrame | undefined {
    const frame = this.#frames.get(first);
    if (frame !== undefined) this.#shelf.use(frame);
    return frame;
  }

  /** Keeps the frame of these objects. */
  keep(objects: readonly object[], bytes: Uint8Array): void {
    const [first] = objects;
    if (first === undefined) return;
    const former = this.#frames.get(first);
    if (former !== undefined) this.#shelf.remove(former);
    const frame = { bytes, objects, home: this.#frames };
    this.#frames.set(first, frame);
    this.#shelf.add(frame);
  }
}

/** Frames in the order of their last use. */
class Shelf {
  readonly #limit: number;
  readonly #frames = new Set<ShelvedFrame>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(frame: ShelvedFrame): void {
    this.#frames.add(frame);
    this.#bytes += frame.bytes.length;
    for (const oldest of this.#frames) {
      if (this.#bytes <= this.#limit) return;
      this.remove(oldest);
    }
  }

  use(frame: ShelvedFrame): void {
    // A set keeps the order in which its members came.
    if (this.#frames.delete(frame)) this.#frames.add(frame);
  }

  remove(frame: ShelvedFrame): void {
    if (!this.#frames.delete(frame)) return;
    this.#bytes -= frame.bytes.length;
    const [first] = frame.objects;
    if (first !== undefined && frame.home.get(first) === frame) frame.home.delete(first);
  }

  clear(): void {
    this.#frames.clear();
    this.#bytes = 0;
  }
}
