import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createStore } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { freePort } from './process/free-port.ts';
import { ServerProcess } from './process/server-process.ts';

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
}

export interface ClusterOptions {
  /** How many servers; 1 where not given. */
  readonly size?: number;
  /** With `https`, `flags` give the servers their certificates. */
  readonly scheme?: 'http' | 'https';
  /** Files for the folder of the cluster, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Flags beyond those that every server gets, without the dashes; `path` gives that of a file. */
  readonly flags?: (path: (name: string) => string) => Readonly<Record<string, string>>;
  /** How to reach it. */
  readonly client?: EtcdOptions;
}

/** Servers of one cluster, in a folder of their own that goes away with them. */
export class EtcdCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-etcd-'));
  readonly #members: readonly Member[];
  readonly #processes: readonly ServerProcess[];
  readonly #options: ClusterOptions;

  constructor(program: string, members: readonly Member[], options: ClusterOptions) {
    this.#members = members;
    this.#options = options;
    // ETCD_UNSUPPORTED_ARCH: Debian's etcd runs on arm64 when told to.
    const env = process.arch === 'x64' ? {} : { ETCD_UNSUPPORTED_ARCH: process.arch };
    this.#processes = members.map((member) => new ServerProcess({ program, args: this.#argumentsOf(member), env }));
  }

  static async start(program: string, options: ClusterOptions = {}): Promise<EtcdCluster> {
    const { size = 1, scheme = 'http', files = {} } = options;
    const members: Member[] = [];
    for (let number = 0; number < size; number++) {
      members.push({
        name: `n${number}`,
        client: `${scheme}://127.0.0.1:${await freePort()}`,
        peer: `http://127.0.0.1:${await freePort()}`,
      });
    }
    const cluster = new EtcdCluster(program, members, options);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cluster.#folder, name), text, { mode: 0o600 });
    for (const server of cluster.#processes) server.start();
    try {
      await cluster.ready();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get endpoints(): string[] {
    return this.#members.map(({ client }) => client);
  }

  /** Waits until the cluster answers. */
  async ready(): Promise<void> {
    const kv = await createStore('etcd', this.endpoints, { ...this.#options.client, timeoutMs: 20_000 });
    try {
      await kv.exists('ready');
    } finally {
      await kv.close();
    }
  }

  start(number = 0): void {
    this.#process(number).start();
  }

  /** Keeps a server from answering, with its connections open, until it goes on. */
  pause(number = 0): void {
    this.#process(number).pause();
  }

  goOn(number = 0): void {
    this.#process(number).goOn();
  }

  kill(number = 0): Promise<void> {
    return this.#process(number).kill();
  }

  /** Which member answers as the leader, asked through etcd's metrics. */
  async leader(): Promise<number> {
    for (;;) {
      for (const [number, { client }] of this.#members.entries()) {
        if (!this.#process(number).isRunning) continue;
        const metrics = await fetch(`${client}/metrics`).then((answer) => answer.text());
        if (/^etcd_server_is_leader 1$/m.test(metrics)) return number;
      }
    }
  }

  /** Waits until a server answers by itself, as after a start. */
  async answers(number = 0): Promise<void> {
    const { client } = this.#member(number);
    for (;;) {
      const health = await fetch(`${client}/health`).catch(() => undefined);
      if (health?.ok === true) return;
      await pause(20);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((server) => server.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #member(number: number): Member {
    const member = this.#members[number];
    if (member === undefined) throw new Error(`the cluster has no server ${number}`);
    return member;
  }

  #process(number: number): ServerProcess {
    const server = this.#processes[number];
    if (server === undefined) throw new Error(`the cluster has no server ${number}`);
    return server;
  }

  #argumentsOf({ name, client, peer }: Member): readonly string[] {
    const all = this.#members.map((other) => `${other.name}=${other.peer}`).join(',');
    const options: Record<string, string> = {
      name,
      'data-dir': join(this.#folder, name),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': all,
      'initial-cluster-state': 'new',
      'initial-cluster-token': this.#folder,
      'log-level': 'error',
      ...this.#options.flags?.((file) => join(this.#folder, file)),
    };
    return Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  }
}
