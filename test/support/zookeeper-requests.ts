import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** The numbers of requests in ZooKeeper's protocol that tests look for. */
export const zookeeperRequests = { getData: 4, multiRead: 22, unknown: 99 } as const;

/** Stands in front of a server of ZooKeeper, and counts its requests by their numbers. */
export class ZookeeperRequests {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The numbers of the requests, in order. */
  numbers: number[] = [];
  /** True: the server gets a request that no server knows in place of each request for several nodes. */
  isOld = false;

  constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
      server.on('data', (bytes) => client.write(bytes));
      let bytes = Buffer.alloc(0);
      let isFirst = true;
      client.on('data', (part) => {
        bytes = Buffer.concat([bytes, part]);
        while (bytes.length >= 4 && bytes.length >= bytes.readInt32BE(0) + 4) {
          const packet = bytes.subarray(0, bytes.readInt32BE(0) + 4);
          bytes = bytes.subarray(packet.length);
          // The first packet opens the session, and has no number.
          if (!isFirst) this.#look(packet);
          isFirst = false;
          server.write(packet);
        }
      });
    });
  }

  /** `endpoint` is `127.0.0.1:PORT`. */
  static async start(endpoint: string): Promise<ZookeeperRequests> {
    const requests = new ZookeeperRequests(Number(endpoint.split(':')[1]));
    requests.#server.listen(0, '127.0.0.1');
    await once(requests.#server, 'listening');
    return requests;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests of a kind there were. */
  count(kind: keyof typeof zookeeperRequests): number {
    return this.numbers.filter((number) => number === zookeeperRequests[kind]).length;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #look(packet: Buffer): void {
    if (this.isOld && packet.readInt32BE(8) === zookeeperRequests.multiRead)
      packet.writeInt32BE(zookeeperRequests.unknown, 8);
    this.numbers.push(packet.readInt32BE(8));
  }
}
