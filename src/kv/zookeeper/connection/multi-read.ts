import type { ZkNode, ZkStat } from './node.ts';

/** Numbers of requests in ZooKeeper's protocol. */
const numbers = { getData: 4, multiRead: 22, error: -1 } as const;

/** The bytes of a header inside of a request of several reads: a number, a mark of the end, and an error. */
const headBytes = 9;
/** The bytes in front of an answer: its length, the number of its request, a transaction's number, and an error. */
const answerHeadBytes = 20;
const statBytes = 68;

/**
 * One request that reads several nodes. `node-zookeeper-client` does not have it. The package sends it and gives it its
 * number, and {@link answerOf} reads its answer.
 */
export class MultiRead {
  readonly header: { readonly type: number; xid: number } = { type: numbers.multiRead, xid: 0 };
  readonly payload: null = null;
  readonly #paths: readonly Buffer[];

  constructor(paths: readonly string[]) {
    this.#paths = paths.map((path) => Buffer.from(path));
  }

  /** The whole packet. */
  toBuffer(): Buffer {
    const size = this.#paths.reduce((sum, path) => sum + headBytes + 4 + path.length + 1, 12 + headBytes);
    const packet = Buffer.alloc(size);
    packet.writeInt32BE(size - 4, 0);
    packet.writeInt32BE(this.header.xid, 4);
    packet.writeInt32BE(this.header.type, 8);
    let at = 12;
    const head = (type: number, isEnd: boolean): void => {
      packet.writeInt32BE(type, at);
      packet.writeUInt8(Number(isEnd), at + 4);
      packet.writeInt32BE(-1, at + 5);
      at += headBytes;
    };
    for (const path of this.#paths) {
      head(numbers.getData, false);
      packet.writeInt32BE(path.length, at);
      path.copy(packet, at + 4);
      // The last byte is 0: no watch.
      at += 4 + path.length + 1;
    }
    head(-1, true);
    return packet;
  }

  /** True for the packet that answers this request with nodes, and not with an error. */
  isAnsweredBy(packet: Buffer): boolean {
    return packet.length > answerHeadBytes && packet.readInt32BE(4) === this.header.xid && packet.readInt32BE(16) === 0;
  }

  /**
   * The nodes in an answer, in the order of the paths, or the number of ZooKeeper's error for a node. Throws a
   * `RangeError` for an answer that is cut off.
   */
  answerOf(packet: Buffer): readonly (ZkNode | number)[] {
    let at = answerHeadBytes;
    return this.#paths.map(() => {
      const type = packet.readInt32BE(at);
      at += headBytes;
      if (type !== numbers.getData) {
        at += 4;
        return packet.readInt32BE(at - 4);
      }
      const length = Math.max(0, packet.readInt32BE(at));
      const start = at + 4;
      at = start + length + statBytes;
      if (at > packet.length) throw new RangeError('the answer is cut off');
      return { data: packet.subarray(start, start + length), stat: statOf(packet, start + length) };
    });
  }
}

function statOf(packet: Buffer, at: number): ZkStat {
  return {
    czxid: packet.subarray(at, at + 8),
    mzxid: packet.subarray(at + 8, at + 16),
    version: packet.readInt32BE(at + 32),
    dataLength: packet.readInt32BE(at + 52),
    numChildren: packet.readInt32BE(at + 56),
  };
}
