import { KvError } from '../../../errors/kv-error.ts';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';

/** The status of a gRPC call. */
export interface GrpcFailure {
  readonly code: number;
  readonly details: string;
}

/** An answer that no server of etcd gives to this request. The message completes the sentence 'etcd gave …'. */
export class InvalidAnswer extends Error {}

const invalidArgument = 3;
const deadlineExceeded = 4;
const notFound = 5;
const permissionDenied = 7;
const resourceExhausted = 8;
const failedPrecondition = 9;
const outOfRange = 11;
const unimplemented = 12;
const unauthenticated = 16;

/** The status codes with which a server says that it did not perform the call. */
const refusals: ReadonlySet<number> = new Set([
  invalidArgument,
  notFound,
  permissionDenied,
  resourceExhausted,
  failedPrecondition,
  outOfRange,
  unimplemented,
  unauthenticated,
]);

/** The failure of a call that has no answer at its deadline, in the form that gRPC gives its own. */
export function tooLate(): Error & GrpcFailure {
  const details = 'there was no answer in time';
  return Object.assign(new Error(details), { code: deadlineExceeded, details });
}

function isGrpcFailure(error: unknown): error is GrpcFailure & Error {
  return error instanceof Error && typeof (error as unknown as GrpcFailure).code === 'number';
}

export function isRefusal(error: unknown): boolean {
  return isGrpcFailure(error) && refusals.has(error.code);
}

/** True when the server does not know the token: it has expired, or the server was restarted. */
export function isStaleToken(error: unknown): boolean {
  return (
    isGrpcFailure(error) &&
    (error.code === unauthenticated || /invalid auth token|revision of auth store is old/.test(error.details))
  );
}

/** True for the error of a read at a revision that the server has forgotten, or does not have yet. */
export function isWithoutRevision(error: unknown): boolean {
  const cause = error instanceof KvError ? error.cause : error;
  return isGrpcFailure(cause) && cause.code === outOfRange;
}

/** True for the refusal of a lease whose number is taken. */
export function isTakenLease(error: unknown): boolean {
  const cause = error instanceof KvError ? error.cause : error;
  return isGrpcFailure(cause) && /lease already exists/.test(cause.details);
}

/** The error for the caller of a call that was sent and failed. */
export function failureOf(error: unknown, kind: 'read' | 'stale read' | 'write'): KvError {
  const details = detailsOf(error);
  const data = { backend: 'etcd' };
  if (isGrpcFailure(error) && isRefusal(error)) {
    return error.code === permissionDenied || error.code === unauthenticated || /auth|user name/.test(details)
      ? new KvError('ERR_KV_NOT_PERMITTED', `etcd refuses: ${details}; give a user and a password that may`, data, {
          cause: error,
        })
      : new KvError('ERR_KV_REFUSED', `etcd refuses: ${details}; nothing was written`, data, { cause: error });
  }
  if (kind === 'write') return unknownOutcome('etcd', details, error);
  return new KvError(
    'ERR_KV_NOT_REACHABLE',
    `no server of etcd answered in time: ${details}; see that one runs and can be reached`,
    data,
    { cause: error },
  );
}

function detailsOf(error: unknown): string {
  if (isGrpcFailure(error)) return error.details;
  if (!(error instanceof Error)) return String(error);
  return error instanceof InvalidAnswer ? `it gave ${error.message}` : `its answer cannot be read (${error.message})`;
}
