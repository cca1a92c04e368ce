import { KvError } from '../../../errors/kv-error.ts';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';
import { NoAnswer } from './exchange.ts';
import type { Answer } from './exchange.ts';

/**
 * A read may be repeated at another server; a write may not, once it was sent. `stale read` is answered by any server.
 */
export type CallKind = 'read' | 'stale read' | 'write';

/** An answer that no server of Consul gives to the request. The message completes the sentence 'it gave …'. */
export class InvalidAnswer extends Error {}

/** A refusal that another server, or the same one later, may not repeat. Nothing was written. */
class NotNow extends Error {}

const data = { backend: 'consul' } as const;

/** The beginning of the text of an answer, for messages. */
export function textOf({ body }: Answer): string {
  return body.toString('utf8', 0, 300).trim();
}

/**
 * Throws for an answer that is neither a result nor a refusal of a transaction. Throws a `KvError` where no other
 * server can help, else {@link NotNow} or {@link InvalidAnswer}.
 */
export function checkStatus(answer: Answer): void {
  const { status } = answer;
  if (status === 200 || status === 404 || status === 409) return;
  const text = textOf(answer);
  if (status === 401 || status === 403 || /permission denied|acl not found/i.test(text)) throw notPermitted(text);
  if (status === 429 || /no cluster leader|not ready to serve consistent/i.test(text)) throw new NotNow(text);
  if (isTtlRefusal(answer)) return;
  if (status === 413) throw refused(`${text}; raise txn_max_req_len of the servers, or write less at once`);
  if (status >= 300 && status < 500) throw refused(`status ${status}: ${text}`);
  throw new InvalidAnswer(`status ${status}: ${text}`);
}

/** True for the answer to a session whose ttl the servers do not take. */
export function isTtlRefusal({ status, body }: Answer): boolean {
  return status >= 400 && body.includes('Invalid Session TTL');
}

export function notPermitted(text: string): KvError {
  return new KvError('ERR_KV_NOT_PERMITTED', `consul refuses: ${text}; give a token that may`, data);
}

export function refused(text: string): KvError {
  return new KvError('ERR_KV_REFUSED', `consul refuses: ${text}; nothing was written`, data);
}

/** The error for the caller of a call that failed. */
export function failureOf(error: unknown, kind: CallKind): KvError {
  if (error instanceof KvError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const details = error instanceof InvalidAnswer ? `it gave ${why}` : why;
  const cause = error instanceof NoAnswer ? error.cause : error;
  if (kind === 'write' && mayHaveHappened(error)) return unknownOutcome('consul', details, cause);
  const message = `no server of consul answered in time: ${details}; see that one runs and can be reached`;
  return new KvError('ERR_KV_NOT_REACHABLE', message, data, { cause });
}

/** True unless a write that failed so certainly did not happen. */
export function mayHaveHappened(error: unknown): boolean {
  return !(error instanceof NotNow) && !(error instanceof NoAnswer && !error.isSent);
}
