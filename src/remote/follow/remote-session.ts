import type * as grpc from '@grpc/grpc-js';
import { onAbort } from '../../base/async/on-abort.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { isStoreError } from '../../errors/store-error.ts';
import { grpcStatus, isGrpcFailure, serverStream } from '../../grpc/calls.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { StoreAction } from '../../wire/generated/raft.ts';
import type { Place, SessionParts } from '../feed/remote-follower.ts';
import { Silence } from '../feed/silence.ts';
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
export async function runRemoteSession(server: RemoteServer, parts: SessionParts): Promise<never> {
  const client = clientOf(server);
  const stop = new AbortController();
  const signal = AbortSignal.any([parts.signal, stop.signal]);
  const session = new RemoteSession(server, client, parts, (reason) => {
    stop.abort(reason);
  });
  try {
    return await session.run(signal);
  } catch (error) {
    parts.signal.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    session.end();
    stop.abort(new Error('the session has ended'));
    client.close();
  }
}

const actionKinds: { readonly [action: number]: StoreActionKind } = {
  [FollowAction.FOLLOW_CREATE]: StoreActionKind.CREATE,
  [FollowAction.FOLLOW_UPDATE]: StoreActionKind.UPDATE,
  [FollowAction.FOLLOW_DELETE]: StoreActionKind.REMOVE,
};

class RemoteSession {
  readonly #server: RemoteServer;
  readonly #client: grpc.Client;
  readonly #parts: SessionParts;
  readonly #silence: Silence;
  #view = '';

  constructor(server: RemoteServer, client: grpc.Client, parts: SessionParts, fail: (reason: RemoteError) => void) {
    this.#server = server;
    this.#client = client;
    this.#parts = parts;
    this.#silence = new Silence(server.timeoutMs, (limitMs) => {
      fail(this.#unreachable(`sent nothing for ${limitMs} ms`));
    });
  }

  async run(signal: AbortSignal): Promise<never> {
    const { place } = this.#parts;
    try {
      return await this.#follow(place, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isGrpcFailure(error)) throw error;
      // The server does not have the missed commits any more.
      if (error.code !== grpcStatus.outOfRange) throw this.#callFailure(error);
    }
    try {
      return await this.#follow(undefined, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw isGrpcFailure(error) ? this.#callFailure(error) : error;
    }
  }

  end(): void {
    this.#silence.end();
  }

  async #follow(place: Place | undefined, signal: AbortSignal): Promise<never> {
    const stream = serverStream(this.#client, FollowService.follow, {
      after: place?.version,
      view: place?.view ?? '',
      kinds: this.#server.tables ?? [],
    });
    const forget = onAbort(signal, () => stream.cancel());
    const messages = this.#messages(stream);
    try {
      for await (const message of messages) await this.#take(message, place, messages, signal);
    } finally {
      forget();
      stream.cancel();
    }
    throw this.#unreachable('ended the stream');
  }

  async *#messages(stream: AsyncIterable<Buffer>): AsyncGenerator<FollowMessage, void> {
    for await (const bytes of stream) {
      this.#silence.heard();
      if (!isWhole(bytes)) throw this.#damaged('the checksum of a message does not match');
      yield this.#read(() => decodeFollowMessage(bytes));
    }
  }

  async #take(
    { contents, live, commit, position }: FollowMessage,
    place: Place | undefined,
    messages: AsyncGenerator<FollowMessage, void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { copy, onLive, onSyncing } = this.#parts;
    if (contents !== undefined) {
      this.#begin(contents);
      onSyncing();
      await this.#read(() => copy.restoreFrom(this.#chunks(messages), contents.version, signal));
      this.#reach(contents.version);
      onLive();
    } else if (live !== undefined) {
      this.#begin(live);
      if (live.version?.index !== place?.version.index)
        throw this.#damaged('it goes on after another version than was asked for');
      onLive();
    } else if (commit !== undefined) {
      copy.apply(
        commit.changes.map((change) => this.#actionOf(change)),
        commit.version,
      );
      this.#reach(commit.version);
    } else if (position !== undefined) {
      copy.apply([], position);
      this.#reach(position);
    }
  }

  /** The bytes of a sealed snapshot: those of the messages up to `live`. */
  async *#chunks(messages: AsyncGenerator<FollowMessage, void>): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { done, value: message } = await messages.next();
      if (done === true) throw this.#unreachable('ended the stream');
      if (message.live !== undefined) return;
      if (message.chunk.length > 0) yield message.chunk;
    }
  }

  #begin({ format, view, heartbeatMs }: FollowBeginning): void {
    if (format !== FORMAT) throw this.#damaged('its format is that of another release of swarmstate');
    this.#view = view;
    this.#silence.expect(heartbeatMs);
  }

  #actionOf({ action, object }: FollowChange): StoreAction {
    const kind = kinds.find((name) => object?.[name] !== undefined);
    const sort = actionKinds[action];
    if (kind === undefined || sort === undefined)
      throw this.#damaged('a change has no object, or is of an unknown sort');
    return StoreAction.from({ action: sort, [kind]: object?.[kind] });
  }

  #reach(version: Version | undefined): void {
    this.#parts.reach(version === undefined ? undefined : { version, view: this.#view });
  }

  /** Names bytes that cannot be decoded. */
  #read<T>(read: () => T): T {
    const fail = (cause: unknown): never => {
      const unreadable = isStoreError(cause, 'ERR_DECODE') || isStoreError(cause, 'ERR_INCOMPLETE_SNAPSHOT');
      if (!unreadable && !(cause instanceof RangeError)) throw cause;
      throw this.#damaged('a message cannot be decoded', cause);
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

  #damaged(what: string, cause?: unknown): RemoteError {
    const { text } = this.#server.target;
    return new RemoteError(
      'ERR_REMOTE_ANSWER',
      `the answer of ${text} is damaged: ${what}`,
      { target: text },
      { cause },
    );
  }

  #unreachable(what: string): RemoteError {
    const { text } = this.#server.target;
    return new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${text} ${what}`, { target: text });
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
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
  } catch (cause) {
    throw failure('ca, cert and key do not fit', target.text, cause);
  }
}
