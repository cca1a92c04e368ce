import type { ConsulConnection } from '../connection/connection.ts';
import type { Keyspace } from '../records/keyspace.ts';
import type { KnownIndexes } from '../records/known.ts';

/** The parts of a driver that its reads, writes and streams share. */
export interface ConsulContext {
  readonly connection: ConsulConnection;
  readonly keyspace: Keyspace;
  readonly known: KnownIndexes;
  readonly isReadOnly: boolean;
  /** Bytes of a request that the servers take. */
  readonly requestBytes: number;
  /** The number of writes whose changes are kept. */
  readonly history: number;
  readonly reconnectMs: number;
}
