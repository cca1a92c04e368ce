import { isFiniteFrom, isWholeFrom, OptionChecks } from '../../base/options/option-checks.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { SHARED_BYTES } from '../feed/shared-frames.ts';

/** The most that a server grants its peers. */
export interface ServerLimits {
  /** Open connections. Further ones are closed at once. Default: 1,000. */
  readonly connections?: number | undefined;
  /**
   * Calls and streams that a peer has open at the same time. A peer is the holder of a certificate, however many
   * connections it has; without a certificate, a connection. Further ones end with `RESOURCE_EXHAUSTED`. Default: 100.
   */
  readonly streamsPerPeer?: number | undefined;
  /** The size of a request, in bytes, also after decompression. Default: 4 MiB. */
  readonly requestBytes?: number | undefined;
  /** The size of the metadata of a call, in bytes. Default: 16 KiB. */
  readonly metadataBytes?: number | undefined;
  /**
   * The unsent bytes of one stream, of which a single message may have more. Beyond that the stream is cut. Default: 4
   * MiB.
   */
  readonly streamBytes?: number | undefined;
  /**
   * The unsent bytes of all streams together. Beyond that the stream is cut that has sent nothing for the longest time.
   * Make the limit larger than the largest list. Default: 256 MiB.
   */
  readonly totalBytes?: number | undefined;
  /** Events that wait for a slow watcher. Beyond that its watch ends with `RESOURCE_EXHAUSTED`. Default: 10,000. */
  readonly watcherEvents?: number | undefined;
  /**
   * The encoded contents and commits that are kept for all streams of `swarmstate.v1.Follow` together, in bytes. The
   * rest is encoded anew for each stream that needs it. Default: 64 MiB.
   */
  readonly sharedBytes?: number | undefined;
  /** Milliseconds for the handshake of TLS. Default: 10,000. */
  readonly handshakeMs?: number | undefined;
  /**
   * Milliseconds of silence after which a connection has to answer a ping, within a third of that time. Default:
   * 30,000.
   */
  readonly keepaliveMs?: number | undefined;
  /** Milliseconds that a stream has to take its last message and its status, once it has ended. Default: 5,000. */
  readonly graceMs?: number | undefined;
}

/** Limits completed by the defaults. */
export type CheckedLimits = { readonly [L in keyof ServerLimits]-?: number };

const defaults: CheckedLimits = {
  connections: 1000,
  streamsPerPeer: 100,
  requestBytes: 4 << 20,
  metadataBytes: 16 << 10,
  streamBytes: 4 << 20,
  totalBytes: 256 << 20,
  watcherEvents: 10_000,
  sharedBytes: SHARED_BYTES,
  handshakeMs: 10_000,
  keepaliveMs: 30_000,
  graceMs: 5000,
};

const names = Object.keys(defaults) as readonly (keyof ServerLimits)[];

const checks = new OptionChecks<ServerLimits>(
  names,
  (path, message) =>
    new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `limits: ${message}`, { argument: ['limits', ...path].join('.') }),
);

/** Checks limits and completes them. Throws `ERR_REMOTE_INVALID_ARGUMENT`. */
export function checkLimits(limits: ServerLimits): CheckedLimits {
  checks.names(limits);
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const isTime = name.endsWith('Ms');
    const isValid = isTime ? isFiniteFrom(value, 1) && value < 2 ** 31 : isWholeFrom(value, 1);
    checks.valid(isValid, name, value, isTime ? 'a number of milliseconds' : 'a whole number, 1 or more');
  }
  return { ...defaults, ...(Object.fromEntries(given) as Partial<CheckedLimits>) };
}
