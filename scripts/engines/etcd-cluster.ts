import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createStore } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';

/**
 * Below the ports that systems give to programs that ask for any port. Such a program could take a port between our
 * test for a free one and the start of the server.
 */
const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 25;
const PROCESSES = 480;

let asked = 0;

/**
 * A free port out of a range that only this process looks at. Test processes that start servers at the same time do not
 * collide.
 */
export async function freePort(): Promise<number> {
  const first = FIRST_PORT + (process.pid % PROCESSES) * PORTS_PER_PROCESS;
  for (let tried = 0; tried < PORTS_PER_PROCESS; tried++) {
    const port = first + (asked++ % PORTS_PER_PROCESS);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ports from ${first} to ${first + PORTS_PER_PROCESS - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
  process?: ChildProcess | undefined;
}

const running = new Set<ChildProcess>();
// A test run that is broken off leaves no server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

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
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-etcd-'));
  readonly #members: readonly Member[];
  readonly #options: ClusterOptions;

  constructor(program: string, members: readonly Member[], options: ClusterOptions) {
    this.#program = program;
    this.#members = members;
    this.#options = options;
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
    for (const member of members) cluster.#spawn(member);
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
    this.#spawn(this.#member(number));
  }

  /** Keeps a server from answering, with its connections open, until it goes on. */
  pause(number = 0): void {
    this.#member(number).process?.kill('SIGSTOP');
  }

  goOn(number = 0): void {
    this.#member(number).process?.kill('SIGCONT');
  }

  async kill(number = 0): Promise<void> {
    const member = this.#member(number);
    const child = member.process;
    member.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    running.delete(child);
  }

  /** Which member answers as the leader, asked through etcd's metrics. */
  async leader(): Promise<number> {
    for (;;) {
      for (const [number, { client, process: child }] of this.#members.entries()) {
        if (child === undefined) continue;
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
    await Promise.all(this.#members.map((_, number) => this.kill(number)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #member(number: number): Member {
    const member = this.#members[number];
    if (member === undefined) throw new Error(`the cluster has no server ${number}`);
    return member;
  }

  #spawn(member: Member): void {
    const { name, client, peer } = member;
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
    const args = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
    // ETCD_UNSUPPORTED_ARCH: Debian's etcd runs on arm64 when told to.
    const env = {
      PATH: process.env['PATH'],
      ...(process.arch === 'x64' ? {} : { ETCD_UNSUPPORTED_ARCH: process.arch }),
    };
    member.process = spawn(this.#program, args, { stdio: 'ignore', env });
    running.add(member.process);
  }
}
