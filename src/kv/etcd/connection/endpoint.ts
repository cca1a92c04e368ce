import type * as grpc from '@grpc/grpc-js';
import { KvError } from '../../../errors/kv-error.ts';
import type { CheckedOptions } from './options.ts';

type Grpc = typeof grpc;

/**
 * Bytes that a server may send ahead of our reading. With HTTP/2's 64 KiB an answer of 10 MB takes 160 round trips.
 */
const receiveWindow = 8 * 1024 * 1024;

/** Opens a client for one server. The client retries nothing by itself: a failed call may have happened. */
export function openEndpoint(module: Grpc, endpoint: string, { tls }: CheckedOptions): grpc.Client {
  const shown = withoutSecrets(endpoint);
  if (shown !== endpoint) {
    throw invalid(
      'endpoints',
      `"${shown}" has more than an address in it; write http://host:port, and give user and password as options`,
    );
  }
  const [, scheme, address] = /^(?:(https?):\/\/)?([^/]+:\d+)\/?$/.exec(endpoint) ?? [];
  if (address === undefined) {
    throw invalid('endpoints', `"${shown}" is no address of a server; write http://host:port or https://host:port`);
  }
  if (scheme === 'http' && tls !== undefined) {
    throw invalid(
      'endpoints',
      `"${shown}" is not encrypted although tls is given; write https://${address}, or leave tls out`,
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
    'grpc-node.flow_control_window': receiveWindow,
  });
}

/** The endpoint without the parts that may be secret: a user with a password, a query, a fragment. */
function withoutSecrets(endpoint: string): string {
  const scheme = /^\w+:\/\//.exec(endpoint)?.[0] ?? '';
  const at = endpoint.lastIndexOf('@');
  const address = at === -1 ? endpoint : `${scheme}…${endpoint.slice(at)}`;
  return address.replace(/[?#].*$/s, '…');
}

function encrypted(module: Grpc, tls: CheckedOptions['tls']): grpc.ChannelCredentials {
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
