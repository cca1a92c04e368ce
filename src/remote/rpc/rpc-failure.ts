import type { grpcStatus } from '../../grpc/calls.ts';

/** The name of a status of gRPC. */
export type StatusName = keyof typeof grpcStatus;

/** The status with which a call ends. Its text is shown to the peer. */
export class RpcFailure extends Error {
  readonly status: StatusName;
  /** Metadata behind the status. Values of names that end with `-bin` are bytes. */
  readonly trailers: Readonly<Record<string, string | Buffer>>;

  constructor(status: StatusName, text: string, trailers: Readonly<Record<string, string | Buffer>> = {}) {
    super(text);
    this.name = 'RpcFailure';
    this.status = status;
    this.trailers = trailers;
  }
}
