import type * as grpc from '@grpc/grpc-js';
import { Emitter } from '../../base/emitter.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import type { Authorize } from './access.ts';
import type { ListenAddress } from './address.ts';
import { isLoopback } from './address.ts';
import { Certificates } from './certificates.ts';
import type { TlsOptions } from './certificates.ts';
import { Connections, insecure } from './connections.ts';
import type { Connection } from './connections.ts';
import { Gate } from './gate.ts';
import type { CheckedLimits } from './limits.ts';
import { RpcFailure } from './rpc-failure.ts';
import { SendBudget } from './send-budget.ts';
import type { ServedMethod } from './served-method.ts';
import { StreamSender } from './stream-sender.ts';
import type { AnsweredCall } from './stream-sender.ts';

/** Options of {@link RpcServer}. */
export interface RpcServerOptions {
  readonly address: ListenAddress;
  readonly tls: TlsOptions | undefined;
  readonly roles: readonly string[];
  readonly authorize: Authorize | undefined;
  readonly limits: CheckedLimits;
}

/** A fault that the server has got over. */
export interface ServerProblem {
  readonly error: unknown;
  /** The address of the other side, where it is known, or that of the server. */
  readonly address: string;
}

/** The events of a server, by name. */
export interface ServerEvents {
  /**
   * A handshake failed, certificates that were replaced cannot be used, or the hook `authorize` or a method threw an
   * error.
   */
  readonly problem: ServerProblem;
}

/** Figures of a server. */
export interface ServerStats {
  readonly connections: number;
  /** Calls and streams that are open. */
  readonly streams: number;
  /** Unsent bytes of all streams. */
  readonly unsentBytes: number;
  /** Streams that were cut because their readers were too slow, since the start. */
  readonly cut: number;
  /** Connections that were closed because there were too many, since the start. */
  readonly refused: number;
}

const identity = (bytes: Buffer): Buffer => bytes;

/** A server of gRPC: certificates, access, limits and flow control are the same for all its methods. */
export class RpcServer {
  readonly events: Emitter<ServerEvents> = new Emitter<ServerEvents>();
  readonly #module: Grpc;
  readonly #limits: CheckedLimits;
  readonly #server: grpc.Server;
  readonly #connections: Connections;
  readonly #gate: Gate;
  readonly #budget: SendBudget;
  readonly #injector: grpc.ConnectionInjector;
  readonly #senders = new Map<StreamSender, Connection>();
  /** Maps an error of a method to the status that the peer gets; undefined for an unexpected error. */
  readonly #failureOf: (error: unknown) => RpcFailure | undefined;
  #cut = 0;
  #closed: Promise<void> | undefined;

  /** Use {@link start}: a server that does not listen yet is of no use. */
  constructor(
    module: Grpc,
    methods: readonly ServedMethod[],
    failureOf: (error: unknown) => RpcFailure | undefined,
    options: RpcServerOptions,
  ) {
    const { address, tls, roles, authorize, limits } = options;
    if (tls === undefined && address.kind === 'tcp' && !isLoopback(address.host) && address.host !== 'localhost')
      throw insecure(address.text);
    this.#module = module;
    this.#limits = limits;
    this.#failureOf = failureOf;
    this.#budget = new SendBudget(limits.totalBytes);
    const problem = (error: unknown, at: string): void => this.events.emit('problem', { error, address: at });
    this.#connections = new Connections({
      address,
      certificates: tls === undefined ? undefined : new Certificates(tls, address.text),
      limits,
      onConnection: (socket) => this.#injector.injectConnection(socket),
      onProblem: problem,
      onExpired: (connection) => this.#expire(connection),
    });
    this.#gate = new Gate({
      module,
      connections: this.#connections,
      rules: { roles, authorize, onError: (error, peer) => problem(error, peer.address) },
      limits,
    });
    this.#server = new module.Server({
      interceptors: [this.#gate.interceptor],
      'grpc.max_receive_message_length': limits.requestBytes,
      'grpc.max_send_message_length': -1,
      // Beyond the limit of a peer a call gets a clear status; much beyond it, the connection refuses.
      'grpc.max_concurrent_streams': limits.streamsPerPeer + 100,
      'grpc.keepalive_time_ms': limits.keepaliveMs,
      'grpc.keepalive_timeout_ms': Math.ceil(limits.keepaliveMs / 3),
      'grpc.enable_channelz': 0,
    });
    for (const method of methods) {
      const handle = (call: AnsweredCall): void => void this.#answer(method, call);
      this.#server.register(method.path, handle, identity, identity, 'serverStream');
    }
    this.#injector = this.#server.createConnectionInjector(module.ServerCredentials.createInsecure());
  }

  /** Starts a server. Rejects with the codes `ERR_REMOTE_…` of addresses and certificates. */
  static async start(
    module: Grpc,
    methods: readonly ServedMethod[],
    failureOf: (error: unknown) => RpcFailure | undefined,
    options: RpcServerOptions,
  ): Promise<RpcServer> {
    const server = new RpcServer(module, methods, failureOf, options);
    await server.#connections.listen();
    return server;
  }

  /** The address, with the port that was given. */
  get address(): string {
    return this.#connections.text;
  }

  stats(): ServerStats {
    return {
      connections: this.#connections.size,
      streams: this.#gate.size,
      unsentBytes: this.#budget.total,
      cut: this.#cut,
      refused: this.#connections.refused,
    };
  }

  /** Reads the certificates again, for new connections. Throws `ERR_REMOTE_CERTIFICATE`: the former ones stay. */
  reloadCertificates(): void {
    this.#connections.reload();
  }

  /** Ends all streams with the status `UNAVAILABLE`, then the connections. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#connections.stop();
    const failure = new RpcFailure('unavailable', 'the server closes');
    for (const sender of this.#senders.keys()) sender.fail(failure);
    this.#injector.drain(this.#limits.graceMs);
    await this.#connections.drain(this.#limits.graceMs);
    this.#server.forceShutdown();
  }

  async #answer(method: ServedMethod, call: AnsweredCall): Promise<void> {
    const grant = this.#gate.grantOf(call.metadata);
    if (grant === undefined) {
      // Not reached: every call comes through the gate.
      call.destroy();
      return;
    }
    const { connection, secrets, reset } = grant;
    const sender = new StreamSender({
      module: this.#module,
      call,
      budget: this.#budget,
      streamBytes: this.#limits.streamBytes,
      graceMs: this.#limits.graceMs,
      reset,
      onCut: () => (this.#cut += 1),
    });
    this.#senders.set(sender, connection);
    sender.signal.addEventListener('abort', () => this.#senders.delete(sender), { once: true });
    if (this.#closed !== undefined) {
      sender.fail(new RpcFailure('unavailable', 'the server closes'));
      return;
    }
    const { signal } = sender;
    const { watcherEvents } = this.#limits;
    try {
      await method.answer(call.request, { peer: connection.peer, secrets, signal, watcherEvents }, (message) =>
        sender.send(message),
      );
      sender.end();
    } catch (error) {
      // An ended stream makes its method fail: that is no news.
      if (signal.aborted) return;
      const failure = error instanceof RpcFailure ? error : this.#failureOf(error);
      if (failure === undefined) this.events.emit('problem', { error, address: connection.peer.address });
      sender.fail(failure ?? new RpcFailure('internal', 'the server failed at this call'));
    }
  }

  #expire(connection: Connection): void {
    const failure = new RpcFailure('unauthenticated', 'the certificate of this peer has expired');
    for (const [sender, of] of this.#senders) if (of === connection) sender.fail(failure);
    // The status is sent before the connection ends.
    setTimeout(() => connection.destroy(), 100).unref();
  }
}
