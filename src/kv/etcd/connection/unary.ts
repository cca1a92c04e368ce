import { onAbort } from '../../../base/async/on-abort.ts';
import type * as grpc from '@grpc/grpc-js';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';
import { tooLate } from './failure.ts';

export interface Sending {
  readonly kind: 'read' | 'stale read' | 'write';
  readonly signal: AbortSignal;
  /** A time of `performance.now()`. */
  readonly deadline: number;
}

const identity = (bytes: Buffer): Buffer => bytes;

/**
 * Sends one request to one server. Rejects with gRPC's failure, with `tooLate()` at the deadline, and at an abort with
 * the signal's reason, or with `ERR_KV_OUTCOME_UNKNOWN` for a write. The deadline is a timer of ours: gRPC's deadline
 * is a time of the system's clock, which may be set back.
 */
export function sendUnary(
  client: grpc.Client,
  path: string,
  request: Buffer,
  metadata: grpc.Metadata,
  { kind, signal, deadline }: Sending,
): Promise<Buffer> {
  signal.throwIfAborted();
  return new Promise<Buffer>((resolve, reject) => {
    const end = (): void => {
      forget();
      clearTimeout(timer);
    };
    const give = (up: Error): void => {
      end();
      reject(up);
      sent.cancel();
    };
    const abort = (): void =>
      give(kind === 'write' ? unknownOutcome('etcd', 'aborted', signal.reason) : (signal.reason as Error));
    const timer = setTimeout(() => give(tooLate()), Math.max(0, deadline - performance.now()));
    const sent = client.makeUnaryRequest(path, identity, identity, request, metadata, {}, (error, answer) => {
      end();
      if (error !== null) reject(error);
      else if (answer === undefined) reject(new Error('it is empty'));
      else resolve(answer);
    });
    const forget = onAbort(signal, abort);
  });
}
