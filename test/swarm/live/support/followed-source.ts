import type { Kind, Kinds } from 'swarmstate/proto';
import type { Certificate } from '../../../support/certificates.ts';
import type { FakeChange } from './fake-swarm.ts';

/** A server that `followSwarm` follows, over a unix socket, and that fails as a test says. */
export interface FollowedSource {
  readonly path: string;
  /** The number of times that the contents were listed. */
  readonly lists: number;
  /** The indexes after which watches were resumed, the oldest first. */
  readonly resumed: readonly number[];
  /** True: no call and no watch is answered. A watch that stands already may go on. */
  silent: boolean;
  /** Called while the contents are listed, after the watch stands. */
  betweenLists: () => unknown;
  /** Starts, or starts again at the same path. */
  start(): Promise<void>;
  /** Ends the server and its connections. The contents stay. */
  kill(): Promise<void>;
  /** Ends all watches; the server goes on. */
  endWatches(): void;
  /** Ends the server for good. */
  stop(): Promise<void>;
  /** Commits one transaction. `batch`: as one of several of a batch. */
  commit(changes: readonly FakeChange[], options?: { readonly batch?: boolean }): Promise<void>;
  /** Forgets the log up to now: no watch can be resumed from before. */
  compact(): Promise<void>;
  rows<K extends Kind>(kind: K): readonly Kinds[K][];
}

/** The server's certificate, with the authority that issued it. Default: one of a manager. */
export interface SourceCertificate extends Certificate {
  readonly ca: string;
}

/** Makes a source that has not started. */
export type MakeSource = (certificate?: SourceCertificate) => FollowedSource;
