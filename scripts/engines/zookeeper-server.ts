import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './process/free-port.ts';
import { ServerProcess } from './process/server-process.ts';
import type { ZookeeperProgram } from './zookeeper.ts';

/** How long a server may take to start, in milliseconds. */
const startMs = 30_000;

/** A server of ZooKeeper, in a folder of its own that goes away with it. */
export class ZookeeperServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-zookeeper-'));
  readonly #port: number;
  readonly #process: ServerProcess;

  constructor({ java, classPath }: ZookeeperProgram, port: number, synced: boolean) {
    this.#port = port;
    const args = [
      ...['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dlog4j.defaultInitOverride=true'],
      `-Dzookeeper.forceSync=${synced ? 'yes' : 'no'}`,
      ...['-cp', classPath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', join(this.#folder, 'zoo.cfg')],
    ];
    this.#process = new ServerProcess({ program: java, args });
  }

  /** `settings` are lines for its configuration. Without `synced` writes are answered before they are on disk. */
  static async start(
    program: ZookeeperProgram,
    settings: readonly string[] = [],
    { synced = true }: { readonly synced?: boolean } = {},
  ): Promise<ZookeeperServer> {
    const server = new ZookeeperServer(program, await freePort(), synced);
    const lines = [
      'tickTime=250',
      `dataDir=${server.#folder}`,
      `clientPort=${server.#port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      'maxClientCnxns=0',
      'minSessionTimeout=300',
      'maxSessionTimeout=60000',
      '4lw.commands.whitelist=*',
      'standaloneEnabled=true',
      ...settings,
    ];
    writeFileSync(join(server.#folder, 'zoo.cfg'), lines.map((line) => `${line}\n`).join(''));
    server.start();
    try {
      await server.ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** `HOST:PORT`. */
  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  start(): void {
    this.#process.start();
  }

  /** Waits until the server answers. */
  async ready(): Promise<void> {
    const deadline = performance.now() + startMs;
    while ((await this.command('ruok').catch(() => '')) !== 'imok') {
      if (performance.now() > deadline) throw new Error(`the server on port ${this.#port} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The answer to a command of four letters. */
  async command(word: string): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('connect', () => socket.write(word));
    // A server that is starting may never answer.
    socket.setTimeout(1000, () => socket.destroy());
    await once(socket, 'close');
    return Buffer.concat(parts).toString();
  }

  /** Keeps the server from answering, with its connections open, until it goes on. */
  pause(): void {
    this.#process.pause();
  }

  goOn(): void {
    this.#process.goOn();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
