import type * as grpc from '@grpc/grpc-js';
import { onAbort } from '../base/async/on-abort.ts';
import type { RpcMethod, Sparse } from '../base/protobuf/service-messages.ts';

const identity = (bytes: Buffer): Buffer => bytes;

/** Options of {@link unaryCall}. */
export interface UnaryOptions {
  /** Milliseconds after which the call fails with the status `DEADLINE_EXCEEDED`. */
  readonly withinMs: number;
  /** Cancels the call: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Sends a request and decodes the answer. Rejects with the status, see {@link isGrpcFailure}. */
export async function unaryCall<Q, R>(
  client: grpc.Client,
  method: RpcMethod<Q, R>,
  request: Sparse<Q>,
  { withinMs, signal }: UnaryOptions,
): Promise<R> {
  signal.throwIfAborted();
  const answered = await new Promise<Buffer>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
      sent.cancel();
    };
    const sent = client.makeUnaryRequest(
      method.path,
      identity,
      identity,
      method.requestSerialize(request),
      { deadline: Date.now() + withinMs },
      (error, answer) => {
        forget();
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new Error('an answer without a message'));
        else resolve(answer);
      },
    );
    const forget = onAbort(signal, abort);
  });
  return method.responseDeserialize(answered);
}

/** A stream of messages as bytes: `data` gives a `Buffer` for each. The caller listens to `error`, too. */
export function serverStream<Q, R>(
  client: grpc.Client,
  method: RpcMethod<Q, R>,
  request: Sparse<Q>,
): grpc.ClientReadableStream<Buffer> {
  return client.makeServerStreamRequest(method.path, identity, identity, method.requestSerialize(request));
}

/** The status of a call that failed. */
export interface GrpcFailure extends Error {
  readonly code: number;
  readonly details: string;
}

/** True for the error of a call that a server, or the client package, ended with a status. */
export function isGrpcFailure(error: unknown): error is GrpcFailure {
  return (
    error instanceof Error &&
    typeof (error as Partial<GrpcFailure>).code === 'number' &&
    typeof (error as Partial<GrpcFailure>).details === 'string'
  );
}

/** The numbers of the statuses that the package tells apart. */
export const grpcStatus = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;
