import { background } from '../../base/host/background-timer.ts';
import { isStoreError } from '../../errors/store-error.ts';
import type { StoreError } from '../../errors/store-error.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import type { Version } from '../../wire/generated/common.ts';
import { feed } from '../feed/feed.ts';
import { SHARED_BYTES, SharedFrames } from '../feed/shared-frames.ts';
import { viewOf } from '../feed/view.ts';
import { RpcFailure } from '../rpc/rpc-failure.ts';
import { streamMethod } from '../rpc/served-method.ts';
import type { Send, ServedMethod } from '../rpc/served-method.ts';
import { encodeFollowFailure, FollowService } from './generated/follow.ts';
import { heartbeat, messageBytes, messageFormat } from './message-format.ts';

/** The metadata behind the status of a version that cannot be resumed. */
const FAILURE_TRAILER = 'swarmstate-failure-bin';

/** Milliseconds between two signs of life on a silent stream. */
const HEARTBEAT_MS = 15_000;

/** Options of {@link followMethod}. */
export interface FollowMethodOptions {
  readonly heartbeatMs?: number | undefined;
  readonly sharedBytes?: number | undefined;
}

/** Serves `swarmstate.v1.Follow/Follow` from a store. `sharedBytes` limits the encoded bytes that streams share. */
export function followMethod(
  store: ReadableStore,
  { heartbeatMs = HEARTBEAT_MS, sharedBytes = SHARED_BYTES }: FollowMethodOptions = {},
): ServedMethod {
  const format = messageFormat(heartbeatMs);
  const shared = new SharedFrames(sharedBytes);
  let streams = 0;
  return streamMethod(FollowService.follow, async ({ after, view: known, kinds }, call, send) => {
    const tables = kinds.filter(isKindName);
    if (tables.length < kinds.length) throw new RpcFailure('invalidArgument', 'there is no such kind of objects');
    const view = viewOf(!call.secrets, tables.length === 0 ? undefined : tables);
    const frames = shared.of(view.name);
    const beats = new Beats(send, heartbeatMs);
    const { signal, watcherEvents: limit } = call;
    const resume = known === '' || known === view.name ? after : undefined;
    streams += 1;
    try {
      const options = { view, format, frames, resume, strict: true, limit, signal, onPassed: beats.passed };
      for await (const frame of feed(store, options)) await beats.send(frame);
    } catch (error) {
      throw lostFailure(error) ?? error;
    } finally {
      beats.end();
      streams -= 1;
      if (streams === 0) shared.clear();
    }
    throw new RpcFailure('unavailable', 'the store was closed');
  });
}

/** Sends frames, and signs of life where there are none. */
class Beats {
  readonly #send: Send<Uint8Array>;
  readonly #timer: ReturnType<typeof setInterval>;
  #sending = false;
  #busy = true;
  #passed: Version | undefined;

  constructor(send: Send<Uint8Array>, heartbeatMs: number) {
    this.#send = send;
    this.#timer = background(setInterval(() => this.#beat(), heartbeatMs));
  }

  async send(frame: Uint8Array): Promise<void> {
    this.#busy = this.#sending = true;
    this.#passed = undefined;
    await this.#send(frame);
    this.#sending = false;
  }

  /** Notes the version of a commit that had nothing for the client. */
  readonly passed = (version: Version): void => {
    this.#passed = version;
  };

  end(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (!this.#busy && !this.#sending) {
      const frame = this.#passed === undefined ? heartbeat : messageBytes({ position: this.#passed });
      // The end of the stream ends the feed, too.
      this.send(frame).catch(() => undefined);
    }
    this.#busy = false;
  }
}

/** The status for a version that cannot be resumed; undefined for another error. */
function lostFailure(error: unknown): RpcFailure | undefined {
  const lost =
    isStoreError(error, 'ERR_LOG_COMPACTED') ||
    isStoreError(error, 'ERR_VERSION_OUT_OF_BOUNDS') ||
    isStoreError(error, 'ERR_VERSIONING_UNSUPPORTED');
  if (!lost) return undefined;
  const { code, message } = error;
  const oldest = oldestOf(error);
  const failure = encodeFollowFailure({ code, ...(oldest === undefined ? {} : { oldest }) });
  return new RpcFailure('outOfRange', message, { [FAILURE_TRAILER]: failure });
}

function oldestOf(error: StoreError): Version | undefined {
  return isStoreError(error, 'ERR_LOG_COMPACTED') ? error.oldest : undefined;
}
