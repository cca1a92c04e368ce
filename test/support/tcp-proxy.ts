import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Stands between a client and a server, and keeps from either what the test wants it to miss. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held = new Set<() => void>();
  #delay = 0;
  #mode: 'pass' | 'cut' | 'hold requests' | 'hold answers' = 'pass';

  constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1');
      for (const [from, to, held] of [
        [client, server, 'hold requests'],
        [server, client, 'hold answers'],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on('data', (bytes) => {
          if (this.#delay > 0) setTimeout(() => to.write(bytes), this.#delay);
          else if (this.#mode === held) this.#held.add(() => to.write(bytes));
          else to.write(bytes);
        });
      }
      if (this.#mode === 'cut') client.destroy();
    });
  }

  /** In front of a server of this machine. */
  static async start(endpoint: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(Number(new URL(endpoint).port));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends all connections, and each new one. */
  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  holdRequests(): void {
    this.#mode = 'hold requests';
  }

  holdAnswers(): void {
    this.#mode = 'hold answers';
  }

  /** Each byte arrives so many milliseconds later from now on, as over a long line. */
  delay(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /** Lets everything through, also what was held. */
  pass(): void {
    this.#mode = 'pass';
    for (const send of this.#held) send();
    this.#held.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
