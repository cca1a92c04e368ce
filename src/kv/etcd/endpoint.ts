import type * as grpc from '@grpc/grpc-js';
import { KvError } from '../../errors/kv-error.ts';
import type { EtcdOptions } from './options.ts';

type Grpc = typeof grpc;

/** Opens a client for one server. The client retries nothing by itself: a failed call may have happened. */
export function openEndpoint(module: Grpc, endpoint: string, { tls }: EtcdOptions): grpc.Client {
  const [, scheme, address] = /^(?:(https?):\/\/)?([^/]+:\d+)\/?$/.exec(endpoint) ?? [];
  if (address === undefined) {
    throw invalid('endpoints', `"${endpoint}" is no address of a server; write http://host:port or https://host:port`);
  }
  if (scheme === 'http' && tls !== undefined) {
    throw invalid(
      'endpoints',
      `"${endpoint}" is not encrypted although tls is given; write https://${address}, or leave tls out`,
    );
  }
  const credentials =
    scheme === 'https' || tls !== undefined ? encrypted(module, tls) : module.credentials.createInsecure();
  return new module.Client(address, credentials, {
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5000,
    'grpc.enable_http_proxy': 0,
  });
}

function encrypted(module: Grpc, tls: EtcdOptions['tls']): grpc.ChannelCredentials {
  if ((tls?.certificate === undefined) !== (tls?.key === undefined)) {
    throw invalid('tls', 'tls takes a certificate with its key, or neither');
  }
  try {
    return module.credentials.createSsl(pem(tls?.ca), pem(tls?.key), pem(tls?.certificate));
  } catch (error) {
    throw invalid('tls', `tls takes PEM texts: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text as string);
}

function invalid(argument: string, message: string, cause?: unknown): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument }, { cause });
}

/**
 * Resolves to true once the server is connected, to false at the deadline. Also resolves to false as soon as an attempt
 * to connect has failed, so that the caller can try another server.
 */
export async function isReady(
  module: Grpc,
  client: grpc.Client,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  const channel = client.getChannel();
  const { READY, SHUTDOWN, TRANSIENT_FAILURE } = module.connectivityState;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    const state = channel.getConnectivityState(true);
    if (state === READY) return true;
    if (state === SHUTDOWN || Date.now() >= deadline || (state === TRANSIENT_FAILURE && tries > 0)) return false;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      channel.watchConnectivityState(state, deadline, done);
    });
  }
}

/**
 * Makes the error that says why a server is not connected. gRPC tells the cause to calls only, so this makes a read
 * that fails at once.
 */
export function notReachable(client: grpc.Client): Promise<KvError> {
  const identity = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/etcdserverpb.KV/Range',
      identity,
      identity,
      Buffer.alloc(0),
      { deadline: Date.now() + 50 },
      (cause) => {
        const why = cause?.details ?? 'it came back too late';
        const message = `no server of etcd could be reached in time: ${why}; nothing was sent; check the endpoints`;
        resolve(new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'etcd' }, { cause }));
      },
    );
  });
}
