import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './server-process.ts';
import type { ServerCommand } from './server-process.ts';

/** Makes the folder of a cluster of this engine. */
export function clusterFolder(engine: string): string {
  return mkdtempSync(join(tmpdir(), `swarmstate-${engine}-`));
}

/** Servers of one cluster, in a folder of their own that goes away with them. */
export abstract class ServerCluster {
  readonly #folder: string;
  readonly #servers: readonly ServerProcess[];

  constructor(folder: string, commands: readonly ServerCommand[]) {
    this.#folder = folder;
    this.#servers = commands.map((command) => new ServerProcess(command));
  }

  /** The addresses for `createStore`, one for each server. */
  abstract get endpoints(): readonly string[];

  /** Waits until the cluster answers. */
  abstract ready(): Promise<void>;

  /** Which server is the leader, as a server says that runs. Waits for one. */
  abstract leader(): Promise<number>;

  /** Waits until a server answers by itself and belongs to a cluster with a leader, as after a start. */
  abstract answers(number?: number): Promise<void>;

  /** Starts all servers and waits until they answer. Servers that do not are ended, and their folder goes away. */
  async begin(): Promise<void> {
    for (const server of this.#servers) server.start();
    try {
      await this.ready();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  start(number = 0): void {
    this.#server(number).start();
  }

  /** Keeps a server from answering, with its connections open, until it goes on. */
  pause(number = 0): void {
    this.#server(number).pause();
  }

  goOn(number = 0): void {
    this.#server(number).goOn();
  }

  kill(number = 0): Promise<void> {
    return this.#server(number).kill();
  }

  isRunning(number: number): boolean {
    return this.#server(number).isRunning;
  }

  /** Ends all servers for good. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #server(number: number): ServerProcess {
    const server = this.#servers[number];
    if (server === undefined) throw new Error(`the cluster has no server ${number}`);
    return server;
  }
}

/** Writes files that only their owner may read into a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
}
