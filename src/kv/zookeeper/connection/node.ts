/** The facts of a node that the store needs. Numbers of transactions are 8 bytes, big-endian. */
export interface ZkStat {
  readonly czxid: Buffer;
  readonly mzxid: Buffer;
  readonly version: number;
  readonly dataLength: number;
  readonly numChildren: number;
}

/** A node as it was read. The bytes of several nodes share the memory of their answer. */
export interface ZkNode {
  readonly data: Buffer;
  readonly stat: ZkStat;
}
