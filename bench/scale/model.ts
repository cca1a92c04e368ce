/** Costs of one unit of a cluster, measured on one machine. */
export interface UnitCosts {
  /** Bytes of memory for each task: the object, its indexes, and what the runtime keeps beside them. */
  readonly bytesPerTask: number;
  /** Microseconds of processor time to commit one change, in transactions of some changes each. */
  readonly microsPerChange: number;
  /** Microseconds of processor time to turn one change into the bytes that all followers share. */
  readonly microsPerEncodedChange: number;
  /** Microseconds of processor time to send one transaction to one follower. */
  readonly microsPerSend: number;
  /** Microseconds of processor time for each task, to encode the contents and to send them to one follower. */
  readonly firstConnectMicrosPerTask: number;
  /** Microseconds of processor time for each task, to send the shared contents to a further follower. */
  readonly connectMicrosPerTask: number;
  /** Bytes of a task in the contents that a follower is sent. */
  readonly contentsBytesPerTask: number;
  /** Bytes of one change on the wire. */
  readonly bytesPerChange: number;
  /** Bytes of memory for each connected follower. */
  readonly bytesPerFollower: number;
  /** Bytes of a task in a snapshot. */
  readonly snapshotBytesPerTask: number;
  /** Microseconds of processor time for each task, to restore a snapshot and to save one. */
  readonly restoreMicrosPerTask: number;
  readonly saveMicrosPerTask: number;
}

/** A cluster, and what happens in it. */
export interface Cluster {
  readonly tasks: number;
  readonly nodes: number;
  /** Followers of all changes. */
  readonly followers: number;
  readonly changesPerSecond: number;
  /** Changes of one transaction. */
  readonly changesPerTransaction: number;
}

/** The needs of a cluster. */
export interface Needs {
  readonly memoryBytes: number;
  /** Shares of one core. */
  readonly writing: number;
  readonly encoding: number;
  readonly sending: number;
  readonly wireBytesPerSecond: number;
  readonly snapshotBytes: number;
  readonly restoreSeconds: number;
  readonly saveSeconds: number;
  /** Seconds of one core for the first follower that connects without a version. */
  readonly firstConnectSeconds: number;
  /** The same for a further one, where the server keeps the encoded contents. */
  readonly connectSeconds: number;
  /** Bytes of the encoded contents. */
  readonly contentsBytes: number;
}

/** The needs of one process that holds the store and serves all followers itself. */
export function needsOf(cluster: Cluster, costs: UnitCosts): Needs {
  const { tasks, followers, changesPerSecond, changesPerTransaction } = cluster;
  const share = (microsPerSecond: number): number => microsPerSecond / 1e6;
  return {
    memoryBytes: tasks * costs.bytesPerTask + followers * costs.bytesPerFollower,
    writing: share(changesPerSecond * costs.microsPerChange),
    encoding: followers === 0 ? 0 : share(changesPerSecond * costs.microsPerEncodedChange),
    sending: share((changesPerSecond / changesPerTransaction) * followers * costs.microsPerSend),
    wireBytesPerSecond: changesPerSecond * followers * costs.bytesPerChange,
    snapshotBytes: tasks * costs.snapshotBytesPerTask,
    restoreSeconds: share(tasks * costs.restoreMicrosPerTask),
    saveSeconds: share(tasks * costs.saveMicrosPerTask),
    firstConnectSeconds: share(tasks * costs.firstConnectMicrosPerTask),
    connectSeconds: share(tasks * costs.connectMicrosPerTask),
    contentsBytes: tasks * costs.contentsBytesPerTask,
  };
}

/** Followers that one server can have: half a core for sending, and a share of its network. */
export function followersOfOneServer(cluster: Cluster, costs: UnitCosts, wireBytesPerSecond: number): number {
  const one = needsOf({ ...cluster, followers: 1 }, costs);
  const byProcessor = 0.5 / one.sending;
  const byNetwork = wireBytesPerSecond / one.wireBytesPerSecond;
  return Math.max(1, Math.floor(Math.min(byProcessor, byNetwork)));
}

/** Servers of each level of a tree in which every server has at most `width` followers, the topmost first. */
export function treeOf(followers: number, width: number): readonly number[] {
  const levels: number[] = [];
  for (let below = followers; below > width;) {
    below = Math.ceil(below / width);
    levels.unshift(below);
  }
  return levels;
}
