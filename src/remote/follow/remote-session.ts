import type * as grpc from '@grpc/grpc-js';
import { onAbort } from '../../base/async/on-abort.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { isStoreError } from '../../errors/store-error.ts';
import { grpcStatus, isGrpcFailure, serverStream } from '../../grpc/calls.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { StoreAction } from '../../wire/generated/raft.ts';
import type { Place, SessionParts } from '../feed/remote-follower.ts';
import { withFrame } from '../feed/session-frame.ts';
import type { SessionFrame } from '../feed/session-frame.ts';
import { failure, readCredentials } from './credentials.ts';
import type { CredentialOptions } from './credentials.ts';
import { decodeFollowMessage, FollowAction, FollowService } from './generated/follow.ts';
import type { FollowBeginning, FollowChange, FollowMessage } from './generated/follow.ts';
import { FORMAT, isWhole } from './message-format.ts';
import type { RemoteTarget } from './remote-target.ts';

/** The server that is followed. */
export interface RemoteServer {
  readonly module: Grpc;
  readonly target: RemoteTarget;
  readonly credentials: CredentialOptions;
  readonly tables: readonly Kind[] | undefined;
  readonly timeoutMs: number;
}

/** Follows one connection to `swarmstate.v1.Follow` up to its end. Rejects with the reason of the end. */
export function runRemoteSession(server: RemoteServer, parts: SessionParts): Promise<never> {
  const { target, timeoutMs } = server;
  return withFrame({ target: target.text, timeoutMs }, parts, async (frame) => {
    const client = clientOf(server);
    try {
      await new RemoteSession(server, client, frame).run(parts.place);
    } finally {
      client.close();
    }
  });
}

const actionKinds: { readonly [action: number]: StoreActionKind } = {
  [FollowAction.FOLLOW_CREATE]: StoreActionKind.CREATE,
  [FollowAction.FOLLOW_UPDATE]: StoreActionKind.UPDATE,
  [FollowAction.FOLLOW_DELETE]: StoreActionKind.REMOVE,
};

class RemoteSession {
  readonly #server: RemoteServer;
  readonly #client: grpc.Client;
  readonly #frame: SessionFrame;

  constructor(server: RemoteServer, client: grpc.Client, frame: SessionFrame) {
    this.#server = server;
    this.#client = client;
    this.#frame = frame;
  }

  async run(place: Place | undefined): Promise<void> {
    const { signal } = this.#frame;
    try {
      await this.#follow(place);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isGrpcFailure(error)) throw error;
      // The server does not have the missed commits any more.
      if (error.code !== grpcStatus.outOfRange) throw this.#callFailure(error);
    }
    try {
      await this.#follow(undefined);
    } catch (error) {
      signal.throwIfAborted();
      throw isGrpcFailure(error) ? this.#callFailure(error) : error;
    }
  }

  async #follow(place: Place | undefined): Promise<void> {
    const stream = serverStream(this.#client, FollowService.follow, {
      after: place?.version,
      view: place?.view ?? '',
      kinds: this.#server.tables ?? [],
    });
    const forget = onAbort(this.#frame.signal, () => stream.cancel());
    const messages = this.#messages(stream);
    try {
      for await (const message of messages) await this.#take(message, place, messages);
    } finally {
      forget();
      stream.cancel();
    }
  }

  async *#messages(stream: AsyncIterable<Buffer>): AsyncGenerator<FollowMessage, void> {
    for await (const bytes of stream) {
      this.#frame.heard();
      if (!isWhole(bytes)) throw this.#frame.damaged('the checksum of a message does not match');
      yield this.#read(() => decodeFollowMessage(bytes));
    }
  }

  async #take(
    { contents, live, commit, position }: FollowMessage,
    place: Place | undefined,
    messages: AsyncGenerator<FollowMessage, void>,
  ): Promise<void> {
    const frame = this.#frame;
    if (contents !== undefined) {
      this.#begin(contents);
      await this.#read(() => frame.replace(this.#chunks(messages), contents.version));
    } else if (live !== undefined) {
      this.#begin(live);
      frame.resume(place?.version, live.version);
    } else if (commit !== undefined) {
      frame.apply(
        commit.changes.map((change) => this.#actionOf(change)),
        commit.version,
      );
    } else if (position !== undefined) frame.apply([], position);
  }

  /** The bytes of a sealed snapshot: those of the messages up to `live`. */
  async *#chunks(messages: AsyncGenerator<FollowMessage, void>): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { done, value: message } = await messages.next();
      if (done === true) throw this.#frame.unreachable('ended the stream');
      if (message.live !== undefined) return;
      if (message.chunk.length > 0) yield message.chunk;
    }
  }

  #begin({ format, view, heartbeatMs }: FollowBeginning): void {
    if (format !== FORMAT) throw this.#frame.damaged('its format is that of another release of swarmstate');
    this.#frame.begin(view, heartbeatMs);
  }

  #actionOf({ action, object }: FollowChange): StoreAction {
    const kind = kinds.find((name) => object?.[name] !== undefined);
    const sort = actionKinds[action];
    if (kind === undefined || sort === undefined)
      throw this.#frame.damaged('a change has no object, or is of an unknown sort');
    return StoreAction.from({ action: sort, [kind]: object?.[kind] });
  }

  /** Names bytes that cannot be decoded. */
  #read<T>(read: () => T): T {
    const fail = (cause: unknown): never => {
      const unreadable = isStoreError(cause, 'ERR_DECODE') || isStoreError(cause, 'ERR_INCOMPLETE_SNAPSHOT');
      if (!unreadable && !(cause instanceof RangeError)) throw cause;
      throw this.#frame.damaged('a message cannot be decoded', cause);
    };
    try {
      const result = read();
      return (result instanceof Promise ? result.catch(fail) : result) as T;
    } catch (cause) {
      return fail(cause);
    }
  }

  #callFailure(error: Error & { readonly code: number; readonly details: string }): RemoteError {
    const { text } = this.#server.target;
    const data = { target: text };
    const options = { cause: error };
    const { code, details } = error;
    if (code === grpcStatus.unauthenticated || code === grpcStatus.permissionDenied)
      return new RemoteError('ERR_REMOTE_NOT_PERMITTED', `${text} refuses this client: ${details}`, data, options);
    if (code === grpcStatus.unimplemented)
      return new RemoteError('ERR_REMOTE_NOT_SERVED', `${text} serves no swarmstate.v1.Follow`, data, options);
    if (code === grpcStatus.resourceExhausted)
      return new RemoteError('ERR_REMOTE_CUT', `${text} ended the stream: ${details}`, data, options);
    if (/certificate|CERT_|self.signed|altnames/i.test(details))
      return failure(`the certificate of the server or of this client is not accepted (${details})`, text, error);
    return new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${text} does not answer: ${details}`, data, options);
  }
}

/** A connection of its own. Throws `ERR_REMOTE_CERTIFICATE`. */
function clientOf({ module, target, credentials }: RemoteServer): grpc.Client {
  const given = readCredentials(credentials, target.text);
  if (given === undefined && !target.local)
    throw failure('give the option ca: without TLS, only unix sockets and this machine are followed', target.text);
  const { serverName } = credentials;
  try {
    const secured =
      given === undefined
        ? module.credentials.createInsecure()
        : module.credentials.createSsl(given.ca, given.key ?? null, given.cert ?? null);
    return new module.Client(target.address, secured, {
      ...(serverName === undefined
        ? {}
        : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.enable_http_proxy': 0,
      // After a frame that breaks HTTP/2, Node.js reads the socket no more, and so misses its end: only a ping tells.
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
  } catch (cause) {
    throw failure('ca, cert and key do not fit', target.text, cause);
  }
}
