import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net';
import { SeededRandom } from './random/seeded-random.ts';

/** The sort of a fault of a connection. `garble` changes one bit of a byte, `stall` passes nothing on any more. */
export type ConnectionFaultKind = 'cut' | 'stall' | 'garble';

/** A fault of one connection. */
export interface ConnectionFault {
  readonly kind: ConnectionFaultKind;
  /** The number of bytes of the server's answer that pass before the fault. */
  readonly after: number;
}

/** Options of {@link faultyServer}. */
export interface FaultyServerOptions {
  /** The server behind: `{ port: 8080 }`, or `{ path: '/run/store.sock' }`. */
  readonly target: NetConnectOpts;
  /** The same seed gives the same faults, connection by connection. Default: 1. */
  readonly seed?: number | undefined;
  /** The share of connections with each fault, from 0 to 1, together at most 1. Default: a quarter each. */
  readonly rates?: { readonly [Kind in ConnectionFaultKind]?: number } | undefined;
  /** A fault comes within so many bytes of the answer. Default: 1,024. */
  readonly withinBytes?: number | undefined;
  /** Plans the faults in place of the seed. Connections are counted from 0. */
  readonly plan?: ((connection: number) => ConnectionFault | undefined) | undefined;
}

const kinds: readonly ConnectionFaultKind[] = ['cut', 'stall', 'garble'];

/**
 * Starts a server that passes connections on to another server, and cuts, stalls and garbles them by seed. Give its
 * port to a client in place of the other server's.
 *
 * @example
 * ```ts
 * import { faultyServer } from 'swarmstate/testing';
 *
 * await using proxy = await faultyServer({ target: { port: 8080 }, seed: 7 });
 * const answer = await fetch(`http://127.0.0.1:${proxy.port}/`).catch((error: unknown) => error);
 * console.log(answer, proxy.faults);
 * proxy.heal(); // no more faults: clients have to recover now
 * ```
 */
export async function faultyServer(options: FaultyServerOptions): Promise<FaultyServer> {
  const server = new FaultyServer(options);
  await server.start();
  return server;
}

/** See {@link faultyServer}. */
export class FaultyServer implements AsyncDisposable {
  readonly #options: FaultyServerOptions;
  readonly #random: SeededRandom;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The ways to the server behind. */
  readonly #answers = new Set<Socket>();
  #held = false;
  readonly #faults: (ConnectionFault | undefined)[] = [];
  #healed = false;

  /** @internal Made by {@link faultyServer}. */
  constructor(options: FaultyServerOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed ?? 1);
    this.#server = createServer((client) => {
      this.#pass(client);
    });
  }

  /** The port of this machine at which the server listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The fault of each connection so far; undefined for one that passes everything on. */
  get faults(): readonly (ConnectionFault | undefined)[] {
    return this.#faults;
  }

  /** @internal */
  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends the connections, and gives later ones no faults. */
  heal(): void {
    this.#healed = true;
    this.cut();
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Passes on nothing that the server sends, as a client that does not read. Connections stay open. */
  hold(): void {
    this.#held = true;
    for (const answer of this.#answers) answer.pause();
  }

  /** Ends {@link hold}. Nothing is lost. */
  release(): void {
    this.#held = false;
    for (const answer of this.#answers) answer.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #pass(client: Socket): void {
    const fault = this.#nextFault();
    this.#faults.push(fault);
    const server = connect(this.#options.target);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    this.#answers.add(server);
    server.on('close', () => this.#answers.delete(server));
    client.pipe(server);
    this.#answer(server, client, fault ?? { kind: 'cut', after: Infinity });
    if (this.#held) server.pause();
  }

  #answer(server: Socket, client: Socket, { kind, after }: ConnectionFault): void {
    let passed = 0;
    server.on('end', () => client.end());
    server.on('data', (bytes) => {
      const at = after - passed;
      passed += bytes.length;
      if (at < 0 && kind !== 'garble') return;
      if (at < 0 || at >= bytes.length) {
        if (!client.write(bytes)) {
          server.pause();
          client.once('drain', () => {
            if (!this.#held) server.resume();
          });
        }
        return;
      }
      if (kind === 'garble') {
        const garbled = Buffer.from(bytes);
        garbled[at] = (bytes[at] as number) ^ (1 << (after % 8));
        client.write(garbled);
        return;
      }
      client.write(bytes.subarray(0, at));
      if (kind === 'cut') client.destroySoon();
    });
  }

  #nextFault(): ConnectionFault | undefined {
    if (this.#healed) return undefined;
    const { plan, rates = { cut: 0.25, stall: 0.25, garble: 0.25 }, withinBytes = 1024 } = this.#options;
    if (plan !== undefined) return plan(this.#faults.length);
    // Both numbers are drawn for each connection, so that a rate does not move the later faults.
    let share = this.#random.next();
    const after = this.#random.below(withinBytes);
    for (const kind of kinds) {
      const rate = rates[kind] ?? 0;
      if (share < rate) return { kind, after };
      share -= rate;
    }
    return undefined;
  }
}
