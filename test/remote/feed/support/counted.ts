import type { MemoryStore } from 'swarmstate';
import { feed } from '../../../../src/remote/feed/feed.ts';
import type { FeedOptions } from '../../../../src/remote/feed/feed.ts';
import type { FeedFormat } from '../../../../src/remote/feed/feed-format.ts';
import { SharedFrames } from '../../../../src/remote/feed/shared-frames.ts';
import { viewOf } from '../../../../src/remote/feed/view.ts';
import type { Redaction } from '../../../../src/readable/redact.ts';

/** A format that counts its work. */
export class Counted {
  objects = 0;
  commits = 0;
  readonly format: FeedFormat;
  readonly #lives = new WeakSet<Uint8Array>();

  constructor(format: FeedFormat) {
    this.format = {
      contents: (version, objects, view) => format.contents(version, objects, view),
      objects: () => {
        const writer = format.objects();
        const add = writer.add.bind(writer);
        return Object.assign(writer, {
          add: (...object: Parameters<typeof add>) => {
            this.objects += 1;
            add(...object);
          },
        });
      },
      live: (version, view) => {
        const bytes = format.live(version, view);
        this.#lives.add(bytes);
        return bytes;
      },
      commit: (commit) => {
        this.commits += 1;
        return format.commit(commit);
      },
    };
  }

  isLive(frame: Uint8Array): boolean {
    return this.#lives.has(frame);
  }
}

/** Peers of one server. */
export class Peers {
  readonly counted: Counted;
  readonly shared: SharedFrames;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore, format: FeedFormat, limit: number = 1 << 30) {
    this.#store = store;
    this.counted = new Counted(format);
    this.shared = new SharedFrames(limit);
  }

  /** The frames of a peer that connects: up to `live`, and of so many commits. */
  async frames(
    given: Partial<FeedOptions> & { readonly redaction?: Redaction } = {},
    commits: number = 0,
  ): Promise<readonly Uint8Array[]> {
    const { redaction = true, ...options } = given;
    const view = viewOf(redaction);
    const frames: Uint8Array[] = [];
    let left: number | undefined;
    const stream = feed(this.#store, {
      ...{ view, format: this.counted.format, frames: this.shared.of(view.name), resume: undefined, strict: false },
      ...{ limit: Infinity, signal: new AbortController().signal, onPassed: () => undefined },
      ...options,
    });
    for await (const frame of stream) {
      frames.push(frame);
      if (left !== undefined) left -= 1;
      if (this.counted.isLive(frame)) left = commits;
      if (left === 0) break;
    }
    return frames;
  }
}
