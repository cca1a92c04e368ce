import { isStoreError } from '../../errors/store-error.ts';
import { createEvent, deleteEvent, orphanUpdateEvent, updateEvent } from '../../model/events.ts';
import type { Commit, ObjectEvent } from '../../model/events.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { redactObject } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { WatchOptions } from '../../watch/selector.ts';
import type { Watcher } from '../../watch/watcher.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { contentsOf } from './contents.ts';
import type { FeedFormat } from './feed-format.ts';
import type { ViewFrames } from './shared-frames.ts';
import type { FeedView } from './view.ts';

/** Options of {@link feed}. */
export interface FeedOptions {
  readonly view: FeedView;
  readonly format: FeedFormat;
  /** Encoded frames of this view and format, which peers share. */
  readonly frames: ViewFrames;
  /** The version after which the peer goes on; undefined for a peer without contents. */
  readonly resume: Version | undefined;
  /** True: a version that cannot be resumed is an error. False: the contents come again. */
  readonly strict: boolean;
  /** The number of events that may wait for the peer. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Called with the version of a commit that has nothing for this peer. */
  readonly onPassed: (version: Version) => void;
}

/** Errors after which contents have to be read anew. */
const outrun = ['ERR_LOG_COMPACTED', 'ERR_VERSION_OUT_OF_BOUNDS', 'ERR_VERSIONING_UNSUPPORTED'] as const;

/**
 * The frames for one peer: the contents in chunks, or nothing where the peer can go on; then every commit, as fast as
 * the peer takes them. The contents come again in mid-stream after a reset of the store. The feed ends with the store.
 *
 * Rejects with `ERR_WATCH_OVERFLOW` when more than `limit` events wait for the peer, and with the signal's reason.
 */
export async function* feed(store: ReadableStore, options: FeedOptions): AsyncGenerator<Uint8Array, void, undefined> {
  let { resume } = options;
  for (;;) {
    try {
      yield* resume === undefined ? anew(store, options) : onwards(store, resume, options);
      return;
    } catch (error) {
      const lost = error instanceof ResetNotice || outrun.some((code) => isStoreError(error, code));
      if (!lost || (options.strict && resume !== undefined && !(error instanceof ResetNotice))) throw error;
      resume = undefined;
    }
  }
}

/** Thrown where the store has replaced its contents. */
class ResetNotice extends Error {}

async function* anew(store: ReadableStore, options: FeedOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { value: state, watcher } = store.viewAndWatch(() => store.snapshot(), watchOptions(options));
  try {
    yield* contentsOf(state, options);
    yield options.format.live(state.version, options.view);
    state.close();
    yield* commitsOf(watcher, options);
  } finally {
    state.close();
    watcher.close();
  }
}

async function* onwards(
  store: ReadableStore,
  resume: Version,
  options: FeedOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const watcher = await store.watchFrom(resume, watchOptions(options));
  try {
    yield options.format.live(resume, options.view);
    yield* commitsOf(watcher, options);
  } finally {
    watcher.close();
  }
}

async function* commitsOf(
  watcher: Watcher,
  { format, frames, view, onPassed }: FeedOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const commit of watcher.commits()) {
    if (commit.reset === true) throw new ResetNotice('the store has replaced its contents');
    if (commit.events.length === 0) {
      if (commit.version !== undefined) onPassed(commit.version);
    } else yield frames.commit(commit, () => format.commit(redactCommit(commit, view.redaction)));
  }
}

/** A watch of the view. Other commits come without events, so that their versions are known. */
function watchOptions({ view, limit, signal }: FeedOptions): WatchOptions {
  return view.whole
    ? { limit, signal }
    : { events: [...view.kinds.map((kind) => ({ kind })), { action: 'commit' }], limit, signal };
}

function redactCommit(commit: Commit, redaction: Redaction): Commit {
  if (redaction === false) return commit;
  return { ...commit, events: commit.events.map((event) => redactEvent(event, redaction)) };
}

function redactEvent({ kind, action, object, oldObject }: ObjectEvent, redaction: Redaction): ObjectEvent {
  const now = redactObject<Kind>(kind, object, redaction);
  if (action === 'create') return createEvent(kind, now);
  if (action === 'delete') return deleteEvent(kind, now);
  return oldObject === undefined
    ? orphanUpdateEvent(kind, now)
    : updateEvent(kind, now, redactObject<Kind>(kind, oldObject, redaction));
}
