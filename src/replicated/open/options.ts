import { isNumberIn, isWholeFrom } from '../../base/options/option-checks.ts';
import { quote } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import { optionChecks } from '../../model/option-checks.ts';
import type { StoreOptions } from '../../store/options.ts';
import type { SnapshotSource } from '../../store/contents/snapshot-intake.ts';
import type { StoreSnapshotInput } from '../../wire/generated/snapshot.ts';
import { KEY_BYTES } from '../log/key-ring.ts';
import type { KeyRing } from '../log/key-ring.ts';

/**
 * Contents to start from: a `StoreSnapshot`, or the sealed bytes that `saveTo` or `saveToFile` wrote, whole or as a
 * stream. Bytes of swarmkit have no seal: decode them with `StoreSnapshot.decode`.
 */
export type InitialContents = StoreSnapshotInput | Uint8Array | SnapshotSource;

/** Options of `openStore`. */
export interface ReplicatedOptions {
  /**
   * Starts the log from these contents. Only where there is no log yet: else `openStore` rejects with `ERR_NOT_EMPTY`.
   * Versions go on above every one in the contents.
   */
  readonly bootstrap?: InitialContents | undefined;
  /**
   * Replaces the log by a new one with these contents, after a disaster. Rejects with `ERR_MEMBERS_ALIVE` while members
   * have the old one open; a member that was not seen stops with `ERR_LOG_REFUSED`.
   */
  readonly recover?: InitialContents | undefined;
  /** True for a member that may not write the prefix: its writes reject with `ERR_READ_ONLY`. */
  readonly readOnly?: boolean | undefined;
  /** Encrypts entries, parts and snapshots. All members need the keys. */
  readonly keys?: KeyRing | undefined;
  /**
   * Entries after which a snapshot is due. Where not given, a snapshot is due as soon as the log behind the last one
   * has as many bytes as it. Then snapshots cost a constant share of writing, however large the contents are.
   */
  readonly snapshotEvery?: number | undefined;
  /**
   * Entries that are kept in front of the newest snapshot, for members and watchers that are behind; 1000 by default.
   */
  readonly keepEntries?: number | undefined;
  /**
   * The fate of writers while the engine cannot be reached. `queue`, the default: they wait, for at most `deadlineMs`.
   * `refuse`: they get `ERR_UNAVAILABLE` as soon as the store is stale.
   */
  readonly writes?: 'queue' | 'refuse' | undefined;
  /** How long writers wait for an engine that is away, in milliseconds; 10,000 by default. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds between two looks at the log when the engine tells of no change; 1000 by default. */
  readonly pollMs?: number | undefined;
  /** Milliseconds after which a call of the engine is given up and made again; 5000 by default. */
  readonly callMs?: number | undefined;
  /** Options of the key/value store that an address opens, as `createStore` takes them: TLS, users. */
  readonly engine?: object | undefined;
  /** Options of the `MemoryStore`. */
  readonly store?: Omit<StoreOptions, 'proposer' | 'history' | 'firstVersion'> | undefined;
  /** Gives up opening: `openStore` rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, completed by the defaults. */
export interface CheckedReplicatedOptions extends ReplicatedOptions {
  readonly readOnly: boolean;
  readonly keepEntries: number;
  readonly writes: 'queue' | 'refuse';
  readonly deadlineMs: number;
  readonly pollMs: number;
  readonly callMs: number;
  readonly engine: object;
}

const checks = optionChecks<ReplicatedOptions>('ReplicatedOptions', 'openStore', [
  'bootstrap',
  'recover',
  'readOnly',
  'keys',
  'snapshotEvery',
  'keepEntries',
  'writes',
  'deadlineMs',
  'pollMs',
  'callMs',
  'engine',
  'store',
  'signal',
]);

/** Checks the options of `openStore`. Throws `ERR_INVALID_OBJECT` with the option as path. */
export function checkReplicatedOptions(options: ReplicatedOptions): CheckedReplicatedOptions {
  checks.names(options);
  checks.signal(options.signal);
  const {
    readOnly = false,
    keepEntries = 1000,
    writes = 'queue',
    deadlineMs = 10_000,
    pollMs = 1000,
    callMs = 5000,
    engine = {},
    snapshotEvery,
    keys,
  } = options;
  checks.valid(typeof readOnly === 'boolean', 'readOnly', readOnly, 'true or false');
  checks.valid(isWholeFrom(keepEntries, 1), 'keepEntries', keepEntries, 'a number of entries, 1 or more');
  checks.valid(
    snapshotEvery === undefined || isWholeFrom(snapshotEvery, 1),
    'snapshotEvery',
    snapshotEvery,
    'a number of entries, 1 or more',
  );
  checks.valid((['queue', 'refuse'] as unknown[]).includes(writes), 'writes', writes, `'queue' or 'refuse'`);
  checks.valid(isNumberIn(deadlineMs, 0), 'deadlineMs', deadlineMs, 'a number of milliseconds');
  checks.valid(isNumberIn(pollMs, 1, 3_600_000), 'pollMs', pollMs, 'a number of milliseconds, 1 or more');
  checks.valid(isNumberIn(callMs, 1, 3_600_000), 'callMs', callMs, 'a number of milliseconds, 1 or more');
  checks.valid(typeof engine === 'object', 'engine', engine, 'an object');
  if (keys !== undefined) checkKeys(keys);
  if (options.bootstrap !== undefined && options.recover !== undefined)
    throw invalid(['recover'], 'a log is started with bootstrap, or replaced with recover, not both');
  if (readOnly && (options.bootstrap !== undefined || options.recover !== undefined))
    throw invalid(['readOnly'], 'a member that may not write can neither start nor replace a log');
  return { ...options, readOnly, keepEntries, writes, deadlineMs, pollMs, callMs, engine };
}

function checkKeys(ring: KeyRing): void {
  const given = ring as Partial<KeyRing> | null;
  const { current, keys } = given ?? {};
  if (typeof current !== 'string' || typeof keys !== 'object' || !Object.hasOwn(keys, current))
    throw invalid(['keys'], 'keys is { current, keys }, where current is the name of one of keys');
  for (const [name, key] of Object.entries(keys)) {
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > 255) throw invalid(['keys', name], 'the name of a key has 1 to 255 bytes');
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES)
      throw invalid(['keys', name], `the key ${quote(name)} has ${KEY_BYTES} bytes`);
  }
}

function invalid(path: readonly string[], message: string): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError('ERR_INVALID_OBJECT', `the options of openStore: ${message}`, {
    messageType: 'ReplicatedOptions',
    path,
  });
}
