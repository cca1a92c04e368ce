import { once } from 'node:events';
import { CreateMode, createClient } from 'node-zookeeper-client';
import type { Client } from 'node-zookeeper-client';

/** The nodes of a server, as the package `node-zookeeper-client` sees them without the store. */
export class ZookeeperNodes {
  readonly #client: Client;

  constructor(endpoint: string) {
    this.#client = createClient(endpoint, { sessionTimeout: 30_000 });
  }

  static async open(endpoint: string): Promise<ZookeeperNodes> {
    const nodes = new ZookeeperNodes(endpoint);
    nodes.#client.connect();
    await once(nodes.#client, 'connected');
    return nodes;
  }

  children(path: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#client.getChildren(path, (error, children) => settle(error, reject, () => resolve(children)));
    });
  }

  /** Undefined for a node that does not exist. */
  data(path: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#client.getData(path, (error, data) => resolve(error ? undefined : String(data)));
    });
  }

  /** Makes nodes in one transaction. */
  create(nodes: readonly (readonly [path: string, data: string])[]): Promise<void> {
    const transaction = this.#client.transaction();
    for (const [path, data] of nodes) transaction.create(path, Buffer.from(data), CreateMode.PERSISTENT);
    return new Promise((resolve, reject) => {
      transaction.commit((error) => settle(error, reject, resolve));
    });
  }

  /** Deletes a node and all below it. */
  async remove(path: string): Promise<void> {
    for (const name of await this.children(path)) await this.remove(`${path}/${name}`);
    await new Promise<void>((resolve, reject) => {
      this.#client.remove(path, -1, (error) => settle(error, reject, resolve));
    });
  }

  close(): void {
    this.#client.close();
  }
}

function settle(error: unknown, reject: (error: Error) => void, resolve: () => void): void {
  if (error) reject(error instanceof Error ? error : new Error('ZooKeeper refuses', { cause: error }));
  else resolve();
}
