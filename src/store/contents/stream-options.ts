import { optionChecks } from '../../model/option-checks.ts';
import type { ReplicaRestoreOptions } from '../../model/proposer.ts';
import type { VersionInput } from '../../wire/generated/common.ts';

/** The progress of a stream. */
export interface StreamProgress {
  /** Objects written or read. */
  readonly objects: number;
  /** Bytes written or read. */
  readonly bytes: number;
  /** The number of objects at the end, where it is known: when saving. */
  readonly totalObjects?: number;
}

/** Options of every stream of a snapshot. */
export interface StreamOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then, and at the end. An error that it throws ends the stream. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
}

/** Options of `saveTo`. */
export interface SaveOptions extends StreamOptions {
  /**
   * True, where not given: the bytes end with a seal, which tells a complete snapshot from one that was cut or changed.
   * swarmkit skips it. False: the bytes are exactly those of `StoreSnapshot.encode`.
   */
  readonly seal?: boolean | undefined;
}

/** Options of `restoreFrom`. */
export interface RestoreOptions extends StreamOptions {
  /** True, where not given: bytes without a matching seal are refused. False takes bytes that swarmkit wrote. */
  readonly sealed?: boolean | undefined;
  /** The version of the contents, which their commit carries: a copy with a history goes on from it. */
  readonly version?: VersionInput | undefined;
}

/** Options of a replay. */
export interface ReplayOptions {
  /** The version of the entry or of the contents, which the commit carries. */
  readonly version?: VersionInput | undefined;
}

const saveChecks = optionChecks<SaveOptions>('SaveOptions', 'saveTo', ['signal', 'onProgress', 'seal']);
const restoreChecks = optionChecks<RestoreOptions>('RestoreOptions', 'restoreFrom', [
  'signal',
  'onProgress',
  'sealed',
  'version',
]);
const replicaChecks = optionChecks<ReplicaRestoreOptions>('ReplicaRestoreOptions', 'restoreFrom', [
  'signal',
  'sealed',
  'onProgress',
]);
const replayChecks = optionChecks<ReplayOptions>('ReplayOptions', 'a replay', ['version']);

/** Checks the options of `saveTo`. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkSaveOptions(options: SaveOptions): void {
  saveChecks.names(options);
  saveChecks.signal(options.signal);
}

/** Checks the options of `restoreFrom`. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkRestoreOptions(options: RestoreOptions): void {
  restoreChecks.names(options);
  restoreChecks.signal(options.signal);
}

/** Checks the options of a replica's `restoreFrom`. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkReplicaRestoreOptions(options: ReplicaRestoreOptions): void {
  replicaChecks.names(options);
  replicaChecks.signal(options.signal);
}

/** Checks the options of a replay. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkReplayOptions(options: ReplayOptions): void {
  replayChecks.names(options);
}
