/** A batch commits its open transaction once it holds this many changes. */
export const MAX_CHANGES_PER_TRANSACTION = 200;

/** The largest entry, in bytes, that swarmkit's raft layer proposes. */
export const MAX_TRANSACTION_BYTES: number = 1.5 * 1024 * 1024;

/** The name of the one cluster object that swarmkit's components look up. The store does not enforce it. */
export const DEFAULT_CLUSTER_NAME = 'default';

/** How long the write turn may be held, in milliseconds, before the store counts as wedged. */
export const WEDGE_TIMEOUT_MS = 30_000;
