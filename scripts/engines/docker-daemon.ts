import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { LoopbackNetwork } from './loopback-network.ts';

/** A Docker daemon in namespaces of its own, in a folder that goes away with it. */
export class DockerDaemon {
  readonly #programs: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-docker-'));
  readonly #network: LoopbackNetwork | undefined;
  #process: ChildProcess | undefined;

  /** A daemon has a network of its own unless one is given. */
  constructor(programs: string, network?: LoopbackNetwork) {
    this.#programs = programs;
    this.#network = network;
  }

  get controlSocket(): string {
    return join(this.#folder, 'exec/swarm/control.sock');
  }

  get rootCertificate(): string {
    return join(this.#folder, 'root/swarm/certificates/swarm-root-ca.crt');
  }

  /** The folder in which the manager keeps the state of the swarm. */
  get stateFolder(): string {
    return join(this.#folder, 'root/swarm');
  }

  /** Starts the daemon and waits until it answers. */
  async start(): Promise<void> {
    const f = this.#folder;
    const daemon = [
      ...['dockerd', `--data-root=${f}/root`, `--exec-root=${f}/exec`, `-H=unix://${f}/docker.sock`],
      ...[`--pidfile=${f}/pid`, '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--userland-proxy=false', '--storage-driver=vfs'],
    ];
    const log = openSync(join(f, 'log'), 'a');
    const inside = `/sbin/ip link set lo up 2>/dev/null || ip link set lo up; exec ${daemon.join(' ')}`;
    const own = ['--mount', '--propagation', 'private', '--uts', 'sh', '-c', inside];
    const [program, ...rest] =
      this.#network === undefined
        ? (['unshare', '--net', ...own] as const)
        : (['nsenter', `--net=${this.#network.path}`, 'unshare', ...own] as const);
    this.#process = spawn(program, rest, {
      stdio: ['ignore', log, log],
      detached: true,
      env: { PATH: `${this.#programs}:/usr/bin:/bin:/usr/sbin:/sbin` },
    });
    for (let tries = 0; tries < 600; tries++) {
      if (
        existsSync(join(f, 'docker.sock')) &&
        (await this.call('GET', '/_ping').then(
          () => true,
          () => false,
        ))
      )
        return;
      await pause(50);
    }
    throw new Error(`the daemon did not answer: ${readFileSync(join(f, 'log'), 'utf8').slice(-2000)}`);
  }

  /** Calls the HTTP API. Rejects for an answer that is an error. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.isBuffer(body) ? body : body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
      const sent = request(
        { socketPath: join(this.#folder, 'docker.sock'), method, path, headers: { 'content-type': type } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () => {
            const text = Buffer.concat(parts).toString();
            if ((answer.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${text}`));
            else resolve(/^[{["]/.test(text) && !/\n./.test(text) ? JSON.parse(text) : text);
          });
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }

  /** Ends the daemon without a warning, and the containers that it leaves behind. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    this.#endLeftovers();
    rmSync(join(this.#folder, 'pid'), { force: true });
    rmSync(join(this.#folder, 'docker.sock'), { force: true });
    rmSync(join(this.#folder, 'exec/containerd/containerd.pid'), { force: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Processes whose arguments name the folder of this daemon, and their children. */
  #endLeftovers(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${this.#folder}/`)) continue;
        for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean))
          process.kill(Number(child), 'SIGKILL');
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // The process has ended meanwhile.
      }
    }
  }
}
