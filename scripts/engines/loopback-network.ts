import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A network with nothing but loopback addresses. Daemons in it reach each other, and stay in it when they restart. */
export class LoopbackNetwork {
  readonly #holder: ChildProcess;

  constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Makes the network. A process that only waits holds it. */
  static start(): Promise<LoopbackNetwork> {
    const script = '/sbin/ip link set lo up 2>/dev/null || ip link set lo up; echo up; exec cat';
    const holder = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new Promise((resolve, reject) => {
      holder.once('error', reject);
      holder.once('exit', (code) => {
        reject(new Error(`the process that holds the network ended with ${String(code)}`));
      });
      holder.stdout.once('data', () => {
        resolve(new LoopbackNetwork(holder));
      });
    });
  }

  /** Its place below /proc. */
  get path(): string {
    return `/proc/${String(this.#holder.pid)}/ns/net`;
  }

  /** The network is gone when the last daemon in it has ended. */
  stop(): void {
    this.#holder.kill('SIGKILL');
  }
}
