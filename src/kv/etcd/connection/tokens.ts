import type * as grpc from '@grpc/grpc-js';
import { abortable } from '../../../base/async/abortable.ts';
import { AuthService } from '../generated/rpc.ts';
import { InvalidAnswer, failureOf } from './failure.ts';
import { sendUnary } from './unary.ts';
import type { CheckedOptions } from './options.ts';

/** The token of a user, got with the password when it is needed first and after each `discard`. */
export class EtcdTokens {
  readonly #grpc: typeof grpc;
  readonly #account: CheckedOptions['account'];
  readonly #closed = new AbortController();
  #token: Promise<string> | undefined;
  /** The text of `#token` once it is there. */
  #text: string | undefined;

  constructor(module: typeof grpc, account: CheckedOptions['account']) {
    this.#grpc = module;
    this.#account = account;
  }

  /**
   * The token, or undefined without a user. All calls that wait for it share one request, within its first deadline.
   */
  async get(client: grpc.Client, deadline: number, signal: AbortSignal): Promise<string | undefined> {
    if (this.#account === undefined) return undefined;
    const token = (this.#token ??= this.#authenticate(this.#account, client, deadline));
    try {
      const text = await abortable(token, signal);
      if (this.#token === token) this.#text = text;
      return text;
    } catch (error) {
      if (this.#token === token && !signal.aborted) this.#token = undefined;
      throw error;
    }
  }

  /** True when another token may be accepted where this one was refused. The next `get` gets a new one. */
  discard(refused: string | undefined): boolean {
    if (refused === undefined) return false;
    if (this.#text === refused) {
      this.#token = undefined;
      this.#text = undefined;
    }
    return true;
  }

  /** Ends a request that is under way. */
  close(reason: Error): void {
    this.#closed.abort(reason);
  }

  async #authenticate(
    { user, password }: NonNullable<CheckedOptions['account']>,
    client: grpc.Client,
    deadline: number,
  ): Promise<string> {
    const { authenticate } = AuthService;
    const request = authenticate.requestSerialize({ name: user, password });
    const sending = { kind: 'read', signal: this.#closed.signal, deadline } as const;
    try {
      const answer = await sendUnary(client, authenticate.path, request, new this.#grpc.Metadata(), sending);
      const { token } = authenticate.responseDeserialize(answer);
      if (token === '') throw new InvalidAnswer('no token for a user with a password');
      return token;
    } catch (error) {
      if (this.#closed.signal.aborted) throw error;
      throw failureOf(withoutPassword(error, password), 'read');
    }
  }
}

/** The error, or one without the password where a server repeats the request in its answer. */
function withoutPassword(error: unknown, password: string): unknown {
  const { message, details = '', code } = error as Partial<grpc.ServiceError>;
  if (password === '' || !`${message} ${details}`.includes(password)) return error;
  const hidden = details.replaceAll(password, '…');
  return Object.assign(new Error(hidden), { code, details: hidden });
}
