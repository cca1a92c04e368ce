import { StoreError } from '../errors/store-error.ts';
import type { Proposer } from '../model/proposer.ts';
import { isAfter, versionOf, versionText } from '../model/version.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import { replayLog } from './past/proposer-log.ts';
import type { WatchOptions } from './selector.ts';
import { checkWatchOptions } from './watch-hub.ts';
import type { WatchHub } from './watch-hub.ts';
import type { Watcher } from './watcher.ts';

/** The parts of a store that a resumed watch uses. */
export interface WatchFromParts {
  readonly hub: WatchHub;
  readonly proposer: Proposer | undefined;
  readonly current: () => Version | undefined;
}

/** See `MemoryStore.watchFrom`. */
export async function watchFrom(
  parts: WatchFromParts,
  from: VersionInput | undefined,
  options: WatchOptions,
): Promise<Watcher> {
  const { hub, proposer } = parts;
  checkWatchOptions(options);
  options.signal?.throwIfAborted();
  if (from === undefined) return hub.watch(options);
  const version = versionOf(from);
  if (proposer === undefined && hub.history === undefined) {
    throw new StoreError(
      'ERR_VERSIONING_UNSUPPORTED',
      'this store has no versions to watch from; give it a proposer, or a history: new MemoryStore({ history: 1000 })',
      {},
    );
  }
  const current = parts.current();
  if (current === undefined || (proposer !== undefined && proposer.getVersion() === undefined)) {
    throw new StoreError(
      'ERR_VERSIONING_UNSUPPORTED',
      'the proposer has no version now, so there is nothing to watch from; try again later',
      {},
    );
  }
  if (isAfter(version, current)) {
    throw new StoreError(
      'ERR_VERSION_OUT_OF_BOUNDS',
      `version ${versionText(version)} is not reached yet; this store is at ${versionText(current)}`,
      { version, current },
    );
  }
  // A closed store without later commits: the watch ends at once.
  if (hub.closed && !isAfter(current, version)) return hub.watch(options);
  const between = hub.history === undefined ? replayLog(proposer) : hub.history.between.bind(hub.history);
  return hub.watchFrom(version, options, { current: parts.current, between });
}
