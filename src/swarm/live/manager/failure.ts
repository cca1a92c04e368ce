import { SwarmError } from '../../../errors/swarm-error.ts';
import { grpcStatus, isGrpcFailure } from '../../../grpc/calls.ts';
import { certificateError } from './identity.ts';
import type { Target } from './target.ts';

/** The error for a connection that could not be made, from the error of a socket. */
export function connectFailure(error: unknown, target: Target): SwarmError {
  if (error instanceof SwarmError) return error;
  const { text } = target;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const data = { target: text };
  const options = { cause: error };
  if (code === 'EACCES' || code === 'EPERM') {
    return new SwarmError(
      'ERR_SWARM_NOT_PERMITTED',
      `this user may not open ${text}: whoever may, reads every secret of the swarm, so only root may; ` +
        'run as root, or follow host:2377 with the certificate and key of a manager',
      data,
      options,
    );
  }
  if (target.kind === 'unix' && (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK')) {
    return new SwarmError(
      'ERR_SWARM_NOT_A_MANAGER',
      `no manager answers at ${text} (${code}): the daemon does not run, ` +
        'or this node is not a swarm manager (docker swarm init; docker node promote on a manager), ' +
        'or its swarm is locked (docker swarm unlock)',
      data,
      options,
    );
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|UNEXPECTED_MESSAGE/.test(code)) {
    const hint =
      target.kind === 'unix'
        ? 'the socket of the Docker API (docker.sock) is another one: name swarm/control.sock of the same daemon'
        : 'the port of managers is 2377, that of the Docker API another one';
    return new SwarmError(
      'ERR_SWARM_NOT_A_MANAGER',
      `${text} does not speak TLS, which every manager does; ${hint}`,
      data,
      options,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new SwarmError(
      'ERR_SWARM_NOT_A_MANAGER',
      `${text} answers with the certificate of a worker or of another machine: ` +
        'its certificate does not have the name swarm-manager; name a manager',
      data,
      options,
    );
  }
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(code)) {
    return certificateError(
      `the certificate of ${text} is not valid today (${code}): look at the clocks of both machines; ` +
        'a manager that runs renews its certificate by itself',
      text,
      error,
    );
  }
  if (/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|CERT_|ERR_OSSL|PEM|X509/.test(code)) {
    return certificateError(
      `the certificate of ${text} is not of the swarm whose root certificate is known here (${code}): ` +
        'another swarm answers, or its root certificate was rotated or is read from a stale copy; ' +
        "name today's file in the option ca",
      text,
      error,
    );
  }
  if (/ALERT/.test(code) || /\balert\b/.test(message)) return refusedCertificate(text, message, error);
  return new SwarmError(
    'ERR_SWARM_NOT_REACHABLE',
    `${text} cannot be reached (${code === '' ? message : code}): look whether the manager runs and whether its ` +
      'port is open',
    data,
    options,
  );
}

/** The error for a call or a stream that ended. */
export function callFailure(error: unknown, target: Target): unknown {
  if (!isGrpcFailure(error)) return error;
  const { code, details } = error;
  const { text } = target;
  const data = { target: text };
  const options = { cause: error };
  if (code === grpcStatus.permissionDenied || code === grpcStatus.unauthenticated) {
    return new SwarmError(
      'ERR_SWARM_NOT_PERMITTED',
      `${text} refuses to show the state of the swarm (${details}): ` +
        'the certificate has to be that of a manager of this swarm; a demoted node has to be promoted again, ' +
        'or name another manager',
      data,
      options,
    );
  }
  if (
    code === grpcStatus.deadlineExceeded ||
    /does not have a leader|no elected|more than one redirect/i.test(details)
  ) {
    return new SwarmError(
      'ERR_SWARM_NO_LEADER',
      `${text} did not get an answer of the swarm's leader (${details}): ` +
        'most managers are down or cut off (docker node ls on a manager), or the link is dead',
      data,
      options,
    );
  }
  if (code === grpcStatus.unimplemented || /not a (?:swarm )?manager|not a member|not yet part/i.test(details)) {
    return new SwarmError(
      'ERR_SWARM_NOT_A_MANAGER',
      `${text} is not a manager of a swarm now (${details}): promote the node, or name another manager`,
      data,
      options,
    );
  }
  if (/\balert\b/.test(details)) return refusedCertificate(text, details, error);
  const why =
    code === grpcStatus.cancelled ? 'it is stopping, or is no manager any more' : `status ${code}: ${details}`;
  return new SwarmError(
    'ERR_SWARM_NOT_REACHABLE',
    `${text} ended the connection (${why}): look whether the manager runs (docker node ls on another one)`,
    data,
    options,
  );
}

/** True for the error of a resumed watch whose past the manager does not have. The contents have to be listed again. */
export function isPastLost(error: unknown): boolean {
  const status = error instanceof SwarmError ? error.cause : error;
  return (
    isGrpcFailure(status) &&
    status.code === grpcStatus.unknown &&
    /compact|unavailable|out of order|out of bounds|versioning|current version|broker/i.test(status.details)
  );
}

function refusedCertificate(target: string, message: string, cause: unknown): SwarmError {
  return certificateError(
    `${target} refuses the certificate of this side (${message}): it is of another swarm or expired; ` +
      'take swarm-node.crt and swarm-node.key of a manager as they are now',
    target,
    cause,
  );
}
