import type * as grpc from '@grpc/grpc-js';
import { ControlService, CAService, WatchService } from '../../../grpc/generated/api.ts';
import { grpcStatus, isGrpcFailure, serverStream, unaryCall } from '../../../grpc/calls.ts';
import type { Grpc } from '../../../grpc/load-grpc.ts';
import type { RpcMethod, Sparse } from '../../../base/protobuf/service-messages.ts';
import type { Extension } from '../../../wire/generated/resource.ts';
import type { Resource } from '../../../wire/generated/resource.ts';
import type { Secret } from '../../../wire/generated/secret.ts';
import type { Cluster } from '../../../wire/generated/cluster.ts';
import type { WatchRequest } from '../../../wire/generated/watch.ts';
import type { Listing } from '../mirror/listing.ts';
import { callFailure, connectFailure } from './failure.ts';
import { checkPin } from './identity.ts';
import type { Identity } from './identity.ts';
import { MANAGER_NAME } from './preflight.ts';
import type { Target } from './target.ts';

/** Objects that no list has, and that have to be asked for one by one. */
export interface Unlisted {
  readonly extensions: readonly string[];
  readonly secrets: readonly string[];
}

/** A connection to a manager. */
export class ManagerClient {
  readonly #client: grpc.Client;
  readonly #target: Target;
  readonly #withinMs: number;
  readonly #signal: AbortSignal;

  /** `withinMs` limits each call, and `signal` cancels all of them. */
  constructor(client: grpc.Client, target: Target, withinMs: number, signal: AbortSignal) {
    this.#client = client;
    this.#target = target;
    this.#withinMs = withinMs;
    this.#signal = signal;
  }

  /** Connects as the identity says. With a pin, the root certificate is asked for first. */
  static async open(
    module: Grpc,
    target: Target,
    identity: Identity,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<ManagerClient> {
    const { pin } = identity;
    let { ca } = identity;
    if (pin !== undefined) {
      const unchecked = new ManagerClient(clientOf(module, target, undefined, identity), target, withinMs, signal);
      try {
        const { certificate } = await unchecked.#call(CAService.getRootCACertificate, {});
        ca = checkPin(certificate, pin, target.text);
      } finally {
        unchecked.close();
      }
    }
    return new ManagerClient(clientOf(module, target, ca, identity), target, withinMs, signal);
  }

  /** Everything that the manager lists, and what it still has of `unlisted`. */
  async list(unlisted: Unlisted): Promise<Listing> {
    const list = <R>(method: RpcMethod<object, R>): Promise<R> => this.#call(method, {});
    const [
      { resources },
      { clusters },
      { nodes },
      { services },
      { tasks },
      { networks },
      { secrets },
      { configs },
      { volumes },
      extensions,
      internal,
    ] = await Promise.all([
      list(ControlService.listResources),
      list(ControlService.listClusters),
      list(ControlService.listNodes),
      list(ControlService.listServices),
      list(ControlService.listTasks),
      list(ControlService.listNetworks),
      list(ControlService.listSecrets),
      list(ControlService.listConfigs),
      list(ControlService.listVolumes),
      this.#existing(unlisted.extensions, (id) => this.#extension(id)),
      this.#existing(unlisted.secrets, (id) => this.#secret(id)),
    ]);
    return {
      ...{ resource: resources, cluster: clusters, node: nodes, service: services, task: tasks, network: networks },
      ...{ secret: [...secrets, ...internal], config: configs, volume: volumes, extension: extensions },
    };
  }

  /** The leader answers this with few bytes. */
  async clusters(): Promise<readonly Cluster[]> {
    return (await this.#call(ControlService.listClusters, {})).clusters;
  }

  async resources(): Promise<readonly Resource[]> {
    return (await this.#call(ControlService.listResources, {})).resources;
  }

  /** Opens a watch. The caller reads the stream as fast as it comes: the manager keeps what is not read. */
  watch(request: Sparse<WatchRequest>): grpc.ClientReadableStream<Buffer> {
    return serverStream(this.#client, WatchService.watch, request);
  }

  close(): void {
    this.#client.close();
  }

  async #extension(id: string): Promise<Extension | undefined> {
    return (await this.#call(ControlService.getExtension, { extensionId: id })).extension;
  }

  async #secret(id: string): Promise<Secret | undefined> {
    return (await this.#call(ControlService.getSecret, { secretId: id })).secret;
  }

  async #existing<T>(ids: readonly string[], get: (id: string) => Promise<T | undefined>): Promise<T[]> {
    const found = await Promise.all(
      ids.map((id) =>
        get(id).catch((error: unknown) => {
          const { cause } = error as { readonly cause?: unknown };
          if (isGrpcFailure(cause) && cause.code === grpcStatus.notFound) return undefined;
          throw error;
        }),
      ),
    );
    return found.filter((object) => object !== undefined);
  }

  async #call<Q, R>(method: RpcMethod<Q, R>, request: Sparse<Q>): Promise<R> {
    try {
      return await unaryCall(this.#client, method, request, { withinMs: this.#withinMs, signal: this.#signal });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw callFailure(error, this.#target);
    }
  }
}

function clientOf(
  module: Grpc,
  target: Target,
  ca: Buffer | undefined,
  { cert, key }: Pick<Identity, 'cert' | 'key'>,
): grpc.Client {
  const address = target.kind === 'unix' ? `unix:${target.path}` : `dns:///${target.text}`;
  try {
    const credentials = module.credentials.createSsl(ca ?? null, key ?? null, cert ?? null, {
      rejectUnauthorized: ca !== undefined,
    });
    return new module.Client(address, credentials, {
      'grpc.ssl_target_name_override': MANAGER_NAME,
      'grpc.default_authority': MANAGER_NAME,
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.enable_http_proxy': 0,
      // Longer than the pause between two calls: a manager ends connections that ping often without any call.
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
  } catch (error) {
    throw connectFailure(error, target);
  }
}
