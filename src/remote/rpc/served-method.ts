import type { RpcMethod, Sparse } from '../../base/protobuf/service-messages.ts';
import type { RemotePeer } from './peer.ts';
import { RpcFailure } from './rpc-failure.ts';

/** A call that is allowed. */
export interface ServedCall {
  readonly peer: RemotePeer;
  /** True where the peer may see the data of secrets. */
  readonly secrets: boolean;
  /** Aborts when the call has ended: the client has gone, the stream was cut, or the server closes. */
  readonly signal: AbortSignal;
  /** The events that may wait for this call's reader. */
  readonly watcherEvents: number;
}

/** Sends a message. Await each: it settles when the reader's window has taken the message. */
export type Send<Message> = (message: Message) => Promise<void>;

/** A method of a service as gRPC registers it. */
export interface ServedMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  /**
   * Answers a call. `send` takes encoded messages; the call ends with `OK` when the promise resolves. Throws a
   * `RpcFailure` for another status.
   */
  answer(request: Uint8Array, call: ServedCall, send: Send<Uint8Array>): Promise<void>;
}

/** A method that answers with one message. */
export function unaryMethod<Q, R>(
  method: RpcMethod<Q, R>,
  answer: (request: Q, call: ServedCall) => Sparse<R> | Promise<Sparse<R>>,
): ServedMethod {
  return {
    path: method.path,
    answer: async (request, call, send) => {
      await send(method.responseSerialize(await answer(requestOf(method, request), call)));
    },
  };
}

/** A method that answers with a stream. `send` takes messages as bytes, so that streams can share them. */
export function streamMethod<Q, R>(
  method: RpcMethod<Q, R>,
  answer: (request: Q, call: ServedCall, send: Send<Uint8Array>) => Promise<void>,
): ServedMethod {
  return {
    path: method.path,
    answer: (request, call, send) => answer(requestOf(method, request), call, send),
  };
}

function requestOf<Q, R>(method: RpcMethod<Q, R>, bytes: Uint8Array): Q {
  try {
    return method.requestDeserialize(bytes);
  } catch {
    throw new RpcFailure('invalidArgument', 'the request cannot be decoded');
  }
}
