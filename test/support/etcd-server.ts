import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createStore } from 'swarmstate/kv';

/** The etcd to test with: that of `npm run engines`, else one on the PATH. */
export function etcdProgram(): string | undefined {
  const fetched = join(__dirname, '../../.engines/etcd/usr/bin/etcd');
  if (existsSync(fetched)) return fetched;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'etcd'))
    .find((path) => existsSync(path));
}

/** What to print where there is none. In continuous integration it is an error: nothing is left out there. */
export function withoutEtcd(): void {
  const message = 'etcd is not here, its tests are left out: `npm run engines` fetches it';
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`${message}\n`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
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

/** Servers of one cluster, in a folder of their own that goes away with them. */
export class EtcdCluster {
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-etcd-'));
  readonly #members: readonly Member[];

  constructor(program: string, members: readonly Member[]) {
    this.#program = program;
    this.#members = members;
  }

  static async start(program: string, size = 1): Promise<EtcdCluster> {
    const members: Member[] = [];
    for (let number = 0; number < size; number++) {
      members.push({
        name: `n${number}`,
        client: `http://127.0.0.1:${await freePort()}`,
        peer: `http://127.0.0.1:${await freePort()}`,
      });
    }
    const cluster = new EtcdCluster(program, members);
    for (const member of members) cluster.#spawn(member);
    await cluster.ready();
    return cluster;
  }

  get endpoints(): string[] {
    return this.#members.map(({ client }) => client);
  }

  /** Waits until the cluster answers. */
  async ready(): Promise<void> {
    const kv = await createStore('etcd', this.endpoints, { timeoutMs: 20_000 });
    try {
      await kv.exists('ready');
    } finally {
      await kv.close();
    }
  }

  start(number = 0): void {
    this.#spawn(this.#members[number]!);
  }

  async kill(number = 0): Promise<void> {
    const member = this.#members[number]!;
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

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((_, number) => this.kill(number)));
    rmSync(this.#folder, { recursive: true, force: true });
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
    };
    const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    // ETCD_UNSUPPORTED_ARCH: Debian's etcd runs on arm64 when told to.
    const env = { PATH: process.env['PATH'], ...(process.arch === 'x64' ? {} : { ETCD_UNSUPPORTED_ARCH: process.arch }) };
    member.process = spawn(this.#program, args, { stdio: 'ignore', env });
    running.add(member.process);
  }
}
