import type { Dispatcher } from 'undici';
import { onAbort } from '../../../base/async/on-abort.ts';

/** One request to one server. */
export interface Request {
  readonly method: 'GET' | 'PUT';
  /** With the query. */
  readonly path: string;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** The header X-Consul-Index; 0 where there is none. */
  readonly index: number;
  readonly body: Buffer;
}

/** A request that has no complete answer. `isSent` is false when no byte of it can have reached a server. */
export class NoAnswer extends Error {
  readonly isSent: boolean;

  constructor(isSent: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message || cause.name : String(cause), { cause });
    this.isSent = isSent;
  }
}

/**
 * Sends one request and reads its answer. Rejects with {@link NoAnswer}: for a failure, at the deadline (a time of
 * `performance.now()`), and when the signal aborts, with the reason as cause.
 */
export function exchange(
  dispatcher: Dispatcher,
  { method, path, body }: Request,
  headers: Readonly<Record<string, string>>,
  { signal, deadline }: { readonly signal: AbortSignal; readonly deadline: number },
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      forget();
      clearTimeout(timer);
      return true;
    };
    const give = (up: unknown): void => {
      if (!end()) return;
      reject(new NoAnswer(controller !== undefined, up));
      controller?.abort(up instanceof Error ? up : new Error(String(up)));
    };
    const late = (): void => give(new Error('there was no answer in time'));
    const timer = setTimeout(late, Math.max(0, deadline - performance.now()));
    const forget = onAbort(signal, () => give(signal.reason));
    if (signal.aborted) {
      give(signal.reason);
      return;
    }
    let status = 0;
    let index = 0;
    const chunks: Buffer[] = [];
    dispatcher.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart(started) {
          // Given up while it waited for a connection: it is not sent.
          if (isOver) started.abort(new Error('given up'));
          else controller = started;
        },
        onResponseStart(_, code, fields) {
          status = code;
          index = Number(fields['x-consul-index'] ?? 0);
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          if (end()) resolve({ status, index, body: Buffer.concat(chunks) });
        },
        onResponseError(_, error) {
          give(error);
        },
      },
    );
  });
}
