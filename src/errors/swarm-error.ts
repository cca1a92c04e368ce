import { isTypedError, typedErrorClass } from './typed-error.ts';
import type { TypedError, TypedErrorConstructor } from './typed-error.ts';

/** The data fields that an error has besides `code`, `target`, `message` and `cause`, by code. */
export interface SwarmErrorData {
  /** The npm package of the client is not installed, or could not be loaded. */
  ERR_SWARM_CLIENT_MISSING: { readonly packageName: string };
  /** An invalid argument or option; `argument` is its name. */
  ERR_SWARM_INVALID_ARGUMENT: { readonly argument: string };
  /** The place has no control socket of a manager, or the machine there does not answer as a manager. */
  ERR_SWARM_NOT_A_MANAGER: object;
  /** The process may not open the socket or a file, or the certificate may not read the swarm's state. */
  ERR_SWARM_NOT_PERMITTED: object;
  /** A certificate or key of one of the two sides is missing, expired, of another swarm, or unreadable. */
  ERR_SWARM_CERTIFICATE: object;
  /** The manager cannot be reached, ended the connection, or did not answer in time. */
  ERR_SWARM_NOT_REACHABLE: object;
  /** The manager answers, but its swarm has no leader. */
  ERR_SWARM_NO_LEADER: object;
  /** The follower was closed. */
  ERR_SWARM_CLOSED: object;
}

/** Every code that a {@link SwarmError} can have. */
export type SwarmErrorCode = keyof SwarmErrorData;

/** Every error may name the manager that it is about. */
type TargetedData = { [C in SwarmErrorCode]: SwarmErrorData[C] & { readonly target?: string | undefined } };

/** An expected failure of a connection to a swarm, recognised by `code`. Narrow it with {@link isSwarmError}. */
export type SwarmError<C extends SwarmErrorCode = SwarmErrorCode> = TypedError<'SwarmError', TargetedData, C>;

export type SwarmErrorConstructor = TypedErrorConstructor<'SwarmError', TargetedData>;

/** The error class of connections to a swarm. */
export const SwarmError: SwarmErrorConstructor = typedErrorClass('SwarmError');

/**
 * True when `error` is a {@link SwarmError}, and has that code where one is given. The test looks at the shape and not
 * at the class, so that it also accepts errors of a second copy of the package.
 */
export function isSwarmError<C extends SwarmErrorCode = SwarmErrorCode>(
  error: unknown,
  code?: C,
): error is SwarmError<C> {
  return isTypedError(error, 'SwarmError', code);
}
