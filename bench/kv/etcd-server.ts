import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { createStore } from 'swarmstate/kv';

export interface RunningServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** One etcd on free ports, or nothing where there is none. */
export async function startEtcd(folder: string): Promise<RunningServer | undefined> {
  const fetched = resolve(import.meta.dirname, '../../.engines/etcd/usr/bin/etcd');
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'etcd'));
  const program = [fetched, ...onPath].find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const options = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`, `--listen-peer-urls=${peer}`];
  const cluster = [
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    `--data-dir=${folder}`,
    '--log-level=error',
  ];
  const child = spawn(program, [...options, ...cluster], { stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  const kv = await createStore('etcd', [client], { timeoutMs: 20_000 });
  await kv.exists('ready');
  await kv.close();
  return {
    endpoint: client,
    async stop() {
      process.off('exit', kill);
      const gone = once(child, 'exit');
      kill();
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
