import type * as grpc from '@grpc/grpc-js';
import { grpcStatus } from '../../grpc/calls.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { decide } from './access.ts';
import type { AccessRules, Verdict } from './access.ts';
import { CallTurns } from './call-turns.ts';
import type { Connection, Connections } from './connections.ts';
import type { CheckedLimits } from './limits.ts';
import { RpcFailure } from './rpc-failure.ts';

/** The right to make a call, and the way to end it. */
export interface Grant {
  readonly connection: Connection;
  readonly secrets: boolean;
  /** Resets the stream of the call. */
  readonly reset: () => void;
}

/** The parts of {@link Gate}. */
export interface GateParts {
  readonly module: Grpc;
  readonly connections: Connections;
  readonly rules: AccessRules;
  readonly limits: Pick<CheckedLimits, 'streamsPerPeer' | 'metadataBytes'>;
}

/** A stream of HTTP/2 of which only the end is used. */
interface Closable {
  close(code: number): void;
}

/** A call that is refused. The package types the code as an enum of the same numbers. */
interface StatusSender {
  sendStatus(status: { readonly code: number; readonly details: string }): void;
}

/** The code of HTTP/2 that clients of gRPC take as `RESOURCE_EXHAUSTED`. */
const ENHANCE_YOUR_CALM = 11;

/**
 * Decides about every call before its request is read, by the peer, the hook of the user and the limits. A handler
 * finds the grant of its call by the call's metadata.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly #grants = new WeakMap<grpc.Metadata, Grant>();
  readonly #turns = new CallTurns();
  /** Open calls by holder. */
  readonly #open = new Map<string, number>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** The number of open calls. O(peers). */
  get size(): number {
    let size = 0;
    for (const count of this.#open.values()) size += count;
    return size;
  }

  /** The grant of a call that came through the gate. */
  grantOf(metadata: grpc.Metadata): Grant | undefined {
    return this.#grants.get(metadata);
  }

  /** For the option `interceptors` of the server. */
  readonly interceptor: grpc.ServerInterceptor = ({ path }, call) => {
    const { module, connections, rules } = this.#parts;
    const responder: grpc.Responder = {
      start: (next) => {
        const connection = connections.find(call.getPeer());
        if (connection === undefined) {
          refuse(call, new RpcFailure('unauthenticated', 'the peer of this call is not known'));
          return;
        }
        this.#turns.enter(connection.holder, () => {
          const verdict = decide(rules, connection.peer, path);
          if (verdict instanceof Promise) void verdict.then((late) => this.#pass(late, connection, call, next));
          else this.#pass(verdict, connection, call, next);
        });
      },
    };
    return new module.ServerInterceptingCall(call, responder);
  };

  #pass(
    verdict: Verdict,
    connection: Connection,
    call: grpc.ServerInterceptingCallInterface,
    next: (listener?: grpc.ServerListener) => void,
  ): void {
    if ('failure' in verdict) {
      refuse(call, verdict.failure);
      return;
    }
    const { streamsPerPeer, metadataBytes } = this.#parts.limits;
    const { holder } = connection;
    const open = this.#open.get(holder) ?? 0;
    if (open >= streamsPerPeer) {
      refuse(call, new RpcFailure('resourceExhausted', `this peer has ${streamsPerPeer} open calls, and no more`));
      return;
    }
    this.#open.set(holder, open + 1);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#open.get(holder) ?? 1) - 1;
      if (left === 0) this.#open.delete(holder);
      else this.#open.set(holder, left);
    };
    const progress = { started: false };
    next({
      onReceiveMetadata: (metadata, pass) => {
        progress.started = true;
        if (sizeOf(metadata) > metadataBytes) {
          refuse(
            call,
            new RpcFailure('resourceExhausted', `the metadata of a call has at most ${metadataBytes} bytes`),
          );
          return;
        }
        this.#grants.set(metadata, { connection, secrets: verdict.secrets, reset: () => reset(call, connection) });
        pass(metadata);
      },
      onCancel: close,
    });
    // The client had gone before the decision: nobody tells of the end of such a call.
    if (!progress.started) close();
  }
}

function refuse(call: StatusSender, { status, message }: RpcFailure): void {
  call.sendStatus({ code: grpcStatus[status], details: message });
}

/** Resets the stream of a call. The package has no function for it, so its own field is used, or the connection. */
function reset(call: grpc.ServerInterceptingCallInterface, connection: Connection): void {
  const { stream } = call as unknown as { readonly stream?: Partial<Closable> };
  if (typeof stream?.close === 'function') stream.close(ENHANCE_YOUR_CALM);
  else connection.destroy();
}

function sizeOf(metadata: grpc.Metadata): number {
  let size = 0;
  for (const [name, values] of Object.entries(metadata.toHttp2Headers())) {
    const list = Array.isArray(values) ? values : [values];
    for (const value of list) size += name.length + Buffer.byteLength(String(value)) + 32;
  }
  return size;
}
