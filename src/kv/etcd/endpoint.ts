import type * as grpc from '@grpc/grpc-js';
import { KvError } from '../kv-error.ts';
import type { EtcdOptions } from './options.ts';

type Grpc = typeof grpc;

/** A client for one server. Nothing is retried: a call that failed may have happened. */
export function openEndpoint(module: Grpc, endpoint: string, { tls }: EtcdOptions): grpc.Client {
  const match = /^(?:(https?):\/\/)?([^/]+:\d+)\/?$/.exec(endpoint);
  const address = match?.[2];
  if (address === undefined) {
    throw new KvError('ERR_KV_INVALID_ARGUMENT', `"${endpoint}" is no address of a server; write http://host:port or https://host:port`);
  }
  const credentials =
    match?.[1] === 'https' || (tls !== undefined && match?.[1] === undefined)
      ? module.credentials.createSsl(pem(tls?.ca), pem(tls?.key), pem(tls?.certificate))
      : module.credentials.createInsecure();
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

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text as string);
}

/** Whether the server is connected within a time. It fails as soon as an attempt has failed, so that another server can be asked. */
export async function isReady(module: Grpc, client: grpc.Client, deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
  const channel = client.getChannel();
  const { READY, SHUTDOWN, TRANSIENT_FAILURE } = module.connectivityState;
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    const state = channel.getConnectivityState(true);
    if (state === READY) return true;
    if (state === SHUTDOWN || Date.now() >= deadline || (state === TRANSIENT_FAILURE && tries > 0)) return false;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      channel.watchConnectivityState(state, deadline, done);
    });
  }
}
