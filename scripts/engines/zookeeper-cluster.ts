import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './process/free-port.ts';
import { clusterFolder, ServerCluster, writeFiles } from './process/server-cluster.ts';
import type { ZookeeperProgram } from './zookeeper.ts';

export interface ZookeeperClusterOptions {
  /** How many servers; 1 where not given. More make an ensemble. */
  readonly size?: number;
  /** Lines for the configuration, beyond those that every server gets. */
  readonly settings?: readonly string[];
  /** False for servers that answer writes before they are on disk. */
  readonly synced?: boolean;
}

interface Member {
  readonly client: number;
  readonly peer: number;
  readonly election: number;
}

/** How long a server may take to start, in milliseconds. */
const startMs = 30_000;

/** Servers of ZooKeeper. */
export class ZookeeperCluster extends ServerCluster {
  readonly #members: readonly Member[];

  constructor({ java, classPath }: ZookeeperProgram, folder: string, members: readonly Member[], synced: boolean) {
    const args = [
      ...['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dlog4j.defaultInitOverride=true'],
      `-Dzookeeper.forceSync=${synced ? 'yes' : 'no'}`,
      ...['-cp', classPath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain'],
    ];
    super(
      folder,
      members.map((_, number) => ({ program: java, args: [...args, join(folder, `${number}`, 'zoo.cfg')] })),
    );
    this.#members = members;
  }

  static async start(program: ZookeeperProgram, options: ZookeeperClusterOptions = {}): Promise<ZookeeperCluster> {
    const { size = 1, settings = [], synced = true } = options;
    const members: Member[] = [];
    for (let number = 0; number < size; number++)
      members.push({ client: await freePort(), peer: await freePort(), election: await freePort() });
    const folder = clusterFolder('zookeeper');
    const ensemble = members.map(({ peer, election }, number) => `server.${number + 1}=127.0.0.1:${peer}:${election}`);
    for (const [number, { client }] of members.entries()) {
      const own = join(folder, `${number}`);
      mkdirSync(own);
      const lines = [
        'tickTime=250',
        `dataDir=${own}`,
        `clientPort=${client}`,
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        'maxClientCnxns=0',
        'minSessionTimeout=300',
        'maxSessionTimeout=60000',
        '4lw.commands.whitelist=*',
        'standaloneEnabled=true',
        // A leader that is silent for a second is left.
        ...(size === 1 ? [] : ['initLimit=40', 'syncLimit=4', ...ensemble]),
        ...settings,
      ];
      writeFiles(own, { 'zoo.cfg': lines.map((line) => `${line}\n`).join(''), myid: `${number + 1}\n` });
    }
    const cluster = new ZookeeperCluster(program, folder, members, synced);
    await cluster.begin();
    return cluster;
  }

  /** `HOST:PORT` of the first server. */
  get endpoint(): string {
    return `127.0.0.1:${this.#members[0]?.client}`;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ client }) => `127.0.0.1:${client}`);
  }

  async ready(): Promise<void> {
    for (const number of this.#members.keys()) await this.answers(number);
  }

  async leader(): Promise<number> {
    for (;;) {
      for (const number of this.#members.keys()) {
        const status = this.isRunning(number) ? await this.command('srvr', number).catch(() => '') : '';
        if (/^Mode: leader$/m.test(status)) return number;
      }
      await pause(20);
    }
  }

  async answers(number = 0): Promise<void> {
    const deadline = performance.now() + startMs;
    // A server without a leader answers that it does not serve.
    while (!/^Mode: /m.test(await this.command('srvr', number).catch(() => ''))) {
      if (performance.now() > deadline) throw new Error(`server ${number} does not answer`);
      await pause(50);
    }
  }

  /** The answer to a command of four letters. */
  async command(word: string, number = 0): Promise<string> {
    const socket = connect(this.#members[number]?.client ?? 0, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('connect', () => socket.write(word));
    // A server that is starting may never answer.
    socket.setTimeout(1000, () => socket.destroy());
    await once(socket, 'close');
    return Buffer.concat(parts).toString();
  }
}
