import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './process/free-port.ts';
import { clusterFolder, ServerCluster, writeFiles } from './process/server-cluster.ts';

export interface ConsulClusterOptions {
  /** How many servers; 1 where not given. */
  readonly size?: number;
  /** Settings beyond those that every server gets. `path` gives that of a file. */
  readonly settings?: (path: (name: string) => string) => object;
  /** Files for the folder of the cluster, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** True for servers that take HTTPS only. */
  readonly isEncrypted?: boolean;
}

interface Member {
  readonly http: number;
  readonly server: number;
  readonly serf: number;
}

/** How long a cluster may take to have a leader, in milliseconds. */
const startMs = 30_000;
/** How long a server may take to answer, in milliseconds. */
const answerMs = 1000;

/** Servers of Consul. */
export class ConsulCluster extends ServerCluster {
  readonly #members: readonly Member[];
  readonly #isEncrypted: boolean;

  constructor(program: string, folder: string, members: readonly Member[], isEncrypted: boolean) {
    super(
      folder,
      members.map((_, number) => ({
        program,
        args: [
          'agent',
          '-server',
          '-data-dir',
          join(folder, `data-${number}`),
          '-config-file',
          configOf(folder, number),
        ],
        env: { HOME: folder },
      })),
    );
    this.#members = members;
    this.#isEncrypted = isEncrypted;
  }

  static async start(program: string, options: ConsulClusterOptions = {}): Promise<ConsulCluster> {
    const { size = 1, settings, files = {}, isEncrypted = false } = options;
    const members: Member[] = [];
    for (let number = 0; number < size; number++)
      members.push({ http: await freePort(), server: await freePort(), serf: await freePort() });
    const folder = clusterFolder('consul');
    writeFiles(folder, files);
    for (const [number, { http, server, serf }] of members.entries()) {
      const config = {
        node_name: `n${number}`,
        bootstrap_expect: size,
        retry_join: members.filter((other) => other.serf !== serf).map((other) => `127.0.0.1:${other.serf}`),
        retry_interval: '1s',
        bind_addr: '127.0.0.1',
        client_addr: '127.0.0.1',
        ports: {
          http: isEncrypted ? -1 : http,
          https: isEncrypted ? http : -1,
          server,
          serf_lan: serf,
          serf_wan: -1,
          dns: -1,
          grpc: -1,
        },
        // A server that was killed comes back.
        autopilot: { cleanup_dead_servers: false },
        disable_update_check: true,
        session_ttl_min: '1s',
        performance: { raft_multiplier: 1 },
        log_level: 'ERR',
        ...settings?.((name) => join(folder, name)),
      };
      writeFiles(folder, { [`config-${number}.json`]: JSON.stringify(config) });
    }
    const cluster = new ConsulCluster(program, folder, members, isEncrypted);
    await cluster.begin();
    return cluster;
  }

  /** The address of the first server. */
  get endpoint(): string {
    return this.#endpointOf(0);
  }

  get endpoints(): readonly string[] {
    return this.#members.map((_, number) => this.#endpointOf(number));
  }

  /** Waits until the servers have a leader. An encrypted server is taken for ready as soon as it listens. */
  async ready(): Promise<void> {
    for (const number of this.#members.keys()) await this.answers(number);
  }

  async leader(): Promise<number> {
    for (;;) {
      for (const number of this.#members.keys()) {
        const address = this.isRunning(number) ? await this.#leaderAt(number) : undefined;
        const leader = this.#members.findIndex(({ server }) => address === `127.0.0.1:${server}`);
        // A server names the last leader for a while.
        if (leader !== -1 && this.isRunning(leader)) return leader;
      }
      await pause(20);
    }
  }

  async answers(number = 0): Promise<void> {
    const deadline = performance.now() + startMs;
    for (;;) {
      const leader = await this.#leaderAt(number);
      if (leader !== undefined && leader !== '') return;
      if (performance.now() > deadline) throw new Error(`Consul has no leader after ${startMs} ms`);
      await pause(20);
    }
  }

  #endpointOf(number: number): string {
    return `${this.#isEncrypted ? 'https' : 'http'}://127.0.0.1:${this.#members[number]?.http}`;
  }

  /** The address of the leader that a server follows. Undefined where the server does not answer. */
  async #leaderAt(number: number): Promise<string | undefined> {
    const endpoint = this.#endpointOf(number);
    if (this.#isEncrypted) {
      const refused = await fetch(endpoint).then(
        () => undefined,
        (error: unknown) => (error as { readonly cause?: { readonly code?: string } }).cause?.code,
      );
      return refused === 'ECONNREFUSED' ? undefined : 'encrypted';
    }
    return fetch(`${endpoint}/v1/status/leader`, { signal: AbortSignal.timeout(answerMs) }).then(
      async (answer) => (answer.ok ? (JSON.parse(await answer.text()) as string) : undefined),
      () => undefined,
    );
  }
}

function configOf(folder: string, number: number): string {
  return join(folder, `config-${number}.json`);
}
