import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createStore } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { freePort } from './process/free-port.ts';
import { clusterFolder, ServerCluster, writeFiles } from './process/server-cluster.ts';

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

/** Servers of etcd. */
export class EtcdCluster extends ServerCluster {
  readonly #members: readonly Member[];
  readonly #client: EtcdOptions | undefined;

  constructor(program: string, folder: string, members: readonly Member[], options: ClusterOptions) {
    // ETCD_UNSUPPORTED_ARCH: Debian's etcd runs on arm64 when told to.
    const env = process.arch === 'x64' ? {} : { ETCD_UNSUPPORTED_ARCH: process.arch };
    super(
      folder,
      members.map((member) => ({ program, args: argumentsOf(member, folder, members, options), env })),
    );
    this.#members = members;
    this.#client = options.client;
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
    const folder = clusterFolder('etcd');
    writeFiles(folder, files);
    const cluster = new EtcdCluster(program, folder, members, options);
    await cluster.begin();
    return cluster;
  }

  get endpoints(): string[] {
    return this.#members.map(({ client }) => client);
  }

  async ready(): Promise<void> {
    const kv = await createStore('etcd', this.endpoints, { ...this.#client, timeoutMs: 20_000 });
    try {
      await kv.exists('ready');
    } finally {
      await kv.close();
    }
  }

  /** Asks through etcd's metrics. */
  async leader(): Promise<number> {
    for (;;) {
      for (const [number, { client }] of this.#members.entries()) {
        if (!this.isRunning(number)) continue;
        const metrics = await fetch(`${client}/metrics`).then((answer) => answer.text());
        if (/^etcd_server_is_leader 1$/m.test(metrics)) return number;
      }
    }
  }

  async answers(number = 0): Promise<void> {
    for (;;) {
      const health = await fetch(`${this.endpoints[number]}/health`).catch(() => undefined);
      if (health?.ok === true) return;
      await pause(20);
    }
  }
}

function argumentsOf(
  { name, client, peer }: Member,
  folder: string,
  members: readonly Member[],
  { flags }: ClusterOptions,
): readonly string[] {
  const options: Record<string, string> = {
    name,
    'data-dir': join(folder, name),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': members.map((other) => `${other.name}=${other.peer}`).join(','),
    'initial-cluster-state': 'new',
    'initial-cluster-token': folder,
    'log-level': 'error',
    ...flags?.((file) => join(folder, file)),
  };
  return Object.entries(options).map(([option, value]) => `--${option}=${value}`);
}
