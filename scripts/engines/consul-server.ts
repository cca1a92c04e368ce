import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './process/free-port.ts';
import { ServerProcess } from './process/server-process.ts';

export interface ConsulServerOptions {
  /** Settings beyond those that every server gets. `path` gives that of a file. */
  readonly settings?: (path: (name: string) => string) => object;
  /** Files for the folder of the server, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** True for a server that takes HTTPS only. */
  readonly isEncrypted?: boolean;
}

/** A server of Consul, alone in its cluster, in a folder of its own that goes away with it. */
export class ConsulServer {
  readonly endpoint: string;
  readonly #folder: string;
  readonly #process: ServerProcess;

  constructor(program: string, folder: string, endpoint: string) {
    this.#folder = folder;
    this.endpoint = endpoint;
    const args = ['agent', '-server', '-bootstrap-expect=1'];
    const files = ['-data-dir', join(folder, 'data'), '-config-file', join(folder, 'config.json')];
    this.#process = new ServerProcess({ program, args: [...args, ...files], env: { HOME: folder } });
  }

  static async start(program: string, options: ConsulServerOptions = {}): Promise<ConsulServer> {
    const { settings, files = {}, isEncrypted = false } = options;
    const folder = mkdtempSync(join(tmpdir(), 'swarmstate-consul-'));
    const [port, server, serf] = [await freePort(), await freePort(), await freePort()];
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    const config = {
      bind_addr: '127.0.0.1',
      client_addr: '127.0.0.1',
      ports: {
        http: isEncrypted ? -1 : port,
        https: isEncrypted ? port : -1,
        server,
        serf_lan: serf,
        serf_wan: -1,
        dns: -1,
        grpc: -1,
      },
      disable_update_check: true,
      session_ttl_min: '1s',
      performance: { raft_multiplier: 1 },
      log_level: 'ERR',
      ...settings?.((name) => join(folder, name)),
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const endpoint = `${isEncrypted ? 'https' : 'http'}://127.0.0.1:${port}`;
    const started = new ConsulServer(program, folder, endpoint);
    started.start();
    try {
      await started.ready();
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  /** Starts the program: the server has the data that it had. */
  start(): void {
    this.#process.start();
  }

  /** Waits until the server has a leader. An encrypted server is taken for ready as soon as it listens. */
  async ready(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const leader = await this.#leader();
      if (leader !== undefined && leader !== '') return;
      if (tries === 400) throw new Error('Consul has no leader after 20 seconds');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
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

  async #leader(): Promise<string | undefined> {
    if (this.endpoint.startsWith('https:')) {
      const refused = await fetch(this.endpoint).then(
        () => undefined,
        (error: unknown) => (error as { readonly cause?: { readonly code?: string } }).cause?.code,
      );
      return refused === 'ECONNREFUSED' ? undefined : 'encrypted';
    }
    return fetch(`${this.endpoint}/v1/status/leader`).then(
      async (answer) => (answer.ok ? (JSON.parse(await answer.text()) as string) : undefined),
      () => undefined,
    );
  }
}
