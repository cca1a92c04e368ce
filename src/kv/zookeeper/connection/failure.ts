import { KvError } from '../../../errors/kv-error.ts';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';

/** The connection ended before the answer came. The message completes the sentence 'no server answered in time: …'. */
export class LostConnection extends Error {}

/** Numbers of ZooKeeper's errors. */
export const ZkCode = {
  connectionLoss: -4,
  unimplemented: -6,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  authFailed: -115,
} as const;

/** The number of ZooKeeper's error; undefined for errors that are none of ZooKeeper's. */
export function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** True for the answer that a node does not exist. */
export function isNoNode(error: unknown): boolean {
  return codeOf(error) === ZkCode.noNode;
}

/** True when a transaction was refused because a node is not as it was read. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code === ZkCode.noNode || code === ZkCode.badVersion || code === ZkCode.nodeExists || code === ZkCode.notEmpty;
}

/** The place, counted from the end, of the step of a transaction that was refused because its node has children. */
export function stepWithChildren(error: unknown): number | undefined {
  if (codeOf(error) !== ZkCode.notEmpty) return undefined;
  return (error as { readonly step?: number }).step;
}

/** The error for the caller of a call that failed. */
export function failureOf(error: unknown, kind: 'read' | 'write'): KvError {
  if (error instanceof KvError) return error;
  const data = { backend: 'zookeeper' };
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof LostConnection) {
    if (kind === 'write') return unknownOutcome('zookeeper', details, error);
    return new KvError(
      'ERR_KV_NOT_REACHABLE',
      `no server of ZooKeeper answered in time: ${details}; see that one runs and can be reached`,
      data,
      { cause: error },
    );
  }
  const code = codeOf(error);
  if (code === ZkCode.noAuth || code === ZkCode.authFailed) {
    const message = `ZooKeeper refuses: ${details}; give a user and a password that the ACL of the prefix allows`;
    return new KvError('ERR_KV_NOT_PERMITTED', message, data, { cause: error });
  }
  return new KvError('ERR_KV_REFUSED', `ZooKeeper refuses: ${details}; nothing was written`, data, { cause: error });
}
