import { isStoreError } from '../../../errors/store-error.ts';
import { WatchService } from '../../../grpc/generated/api.ts';
import type { ReadableStore } from '../../../readable/readable-store.ts';
import type { WatchOptions } from '../../../watch/selector.ts';
import type { Watcher } from '../../../watch/watcher.ts';
import type { WatchRequest } from '../../../wire/generated/watch.ts';
import { RpcFailure } from '../../rpc/rpc-failure.ts';
import { streamMethod } from '../../rpc/served-method.ts';
import type { ServedMethod } from '../../rpc/served-method.ts';
import { selectorsOf } from './selectors.ts';
import { SharedMessages } from './watch-messages.ts';

const EMPTY = new Uint8Array(0);

/**
 * `Watch`, as swarmkit's clients expect it. The first message is empty and says that the watch stands. Each further
 * message has the selected events of one commit, and the commit's version where it has one.
 */
export function watchMethod(store: ReadableStore, foldNames: boolean): ServedMethod {
  const messages = new SharedMessages();
  return streamMethod(WatchService.watch, async (request, { secrets, signal, watcherEvents }, send) => {
    const selectors = selectorsOf(request, foldNames);
    const options: WatchOptions = { events: selectors, limit: watcherEvents, signal };
    if (selectors.length === 0) {
      // Legal in swarmkit: only the first message ever comes. A store without selectors would send everything.
      await send(EMPTY);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return;
    }
    const traits = { secrets, oldObjects: request.includeOldObject };
    try {
      const watcher = await open(store, request, options);
      await send(EMPTY);
      for await (const commit of watcher.commits()) await send(messages.of(commit, traits));
    } catch (error) {
      throw pastFailure(error) ?? error;
    }
    throw new RpcFailure('unavailable', 'the store was closed');
  });
}

async function open(store: ReadableStore, { resumeFrom }: WatchRequest, options: WatchOptions): Promise<Watcher> {
  return resumeFrom === undefined ? store.watch(options) : store.watchFrom(resumeFrom, options);
}

/** The status of a watch whose past is not there, with the text by which swarmkit's clients know it. */
function pastFailure(error: unknown): RpcFailure | undefined {
  if (isStoreError(error, 'ERR_VERSIONING_UNSUPPORTED'))
    return new RpcFailure('unknown', 'store does not support versioning');
  if (isStoreError(error, 'ERR_VERSION_OUT_OF_BOUNDS')) return new RpcFailure('unknown', 'versions are out of order');
  if (isStoreError(error, 'ERR_LOG_COMPACTED'))
    return new RpcFailure('unknown', 'requested index is unavailable due to compaction');
  return undefined;
}
