import { isTypedError, typedErrorClass } from './typed-error.ts';
import type { TypedError, TypedErrorConstructor } from './typed-error.ts';

/** The data fields that an error has besides `code`, `target`, `message` and `cause`, by code. */
export interface RemoteErrorData {
  /** The npm package of the client or server is not installed, or could not be loaded. */
  ERR_REMOTE_CLIENT_MISSING: { readonly packageName: string };
  /** An invalid argument or option; `argument` is its name. */
  ERR_REMOTE_INVALID_ARGUMENT: { readonly argument: string };
  /** The server cannot be reached, ended the connection, or did not answer in time. */
  ERR_REMOTE_NOT_REACHABLE: object;
  /** The server refused this client, or the process may not listen at the address. */
  ERR_REMOTE_NOT_PERMITTED: object;
  /** A certificate or key of one of the two sides is missing, expired, of another authority, or unreadable. */
  ERR_REMOTE_CERTIFICATE: object;
  /** Without TLS, a server listens on a unix socket or a loopback address only. */
  ERR_REMOTE_INSECURE: object;
  /** Another process listens at the address, or the path is that of another file. */
  ERR_REMOTE_ADDRESS_IN_USE: object;
  /** The machine has no such address, or the folder of the socket does not exist. */
  ERR_REMOTE_ADDRESS: object;
  /** The server answers, and serves no store there. */
  ERR_REMOTE_NOT_SERVED: object;
  /** The answer of the server is damaged, or of another release. */
  ERR_REMOTE_ANSWER: object;
  /** The server ended the stream; the message has its reason. */
  ERR_REMOTE_CUT: object;
  /** The follower or the server was closed. */
  ERR_REMOTE_CLOSED: object;
}

/** Every code that a {@link RemoteError} can have. */
export type RemoteErrorCode = keyof RemoteErrorData;

/** Every error may name the server that it is about. */
type TargetedData = { [C in RemoteErrorCode]: RemoteErrorData[C] & { readonly target?: string | undefined } };

/** An expected failure of a store over the network, recognised by `code`. Narrow it with {@link isRemoteError}. */
export type RemoteError<C extends RemoteErrorCode = RemoteErrorCode> = TypedError<'RemoteError', TargetedData, C>;

export type RemoteErrorConstructor = TypedErrorConstructor<'RemoteError', TargetedData>;

/** The error class of stores over the network. */
export const RemoteError: RemoteErrorConstructor = typedErrorClass('RemoteError');

/**
 * True when `error` is a {@link RemoteError}, and has that code where one is given. The test looks at the shape and not
 * at the class, so that it also accepts errors of a second copy of the package.
 */
export function isRemoteError<C extends RemoteErrorCode = RemoteErrorCode>(
  error: unknown,
  code?: C,
): error is RemoteError<C> {
  return isTypedError(error, 'RemoteError', code);
}
