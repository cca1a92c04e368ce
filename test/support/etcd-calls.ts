import * as grpc from '@grpc/grpc-js';
import { MessageReader, MessageWriter } from './message-bytes.ts';

/**
 * Calls of etcd that the package itself has no use for, by the full name of their method; they reject with what gRPC
 * says.
 */
export class EtcdCalls {
  readonly #client: grpc.Client;

  constructor(endpoint: string) {
    this.#client = new grpc.Client(endpoint.replace(/^\w+:\/\//, ''), grpc.credentials.createInsecure());
  }

  call(method: string, request: Buffer, token?: string): Promise<MessageReader> {
    const same = (bytes: Buffer): Buffer => bytes;
    const metadata = new grpc.Metadata();
    if (token !== undefined) metadata.set('token', token);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(`/etcdserverpb.${method}`, same, same, request, metadata, (error, answer) =>
        error === null ? resolve(new MessageReader(answer ?? Buffer.alloc(0))) : reject(error),
      );
    });
  }

  /** Forgets what was before a revision, and waits until that is done. */
  async compact(revision: bigint): Promise<void> {
    await this.call('KV/Compact', new MessageWriter().integer(1, revision).flag(2, true).finish());
  }

  async token(user: string, password: string): Promise<string> {
    return (await this.call('Auth/Authenticate', new MessageWriter().text(1, user).text(2, password).finish())).text(2);
  }

  /**
   * A user `root`, who may everything, and a user `app`, who may read and write below `app/`; from then on nobody else
   * gets in.
   */
  async enableAuth(passwords: { readonly root: string; readonly app: string }): Promise<void> {
    for (const [user, password] of Object.entries(passwords)) {
      await this.call('Auth/UserAdd', new MessageWriter().text(1, user).text(2, password).finish());
      await this.call('Auth/RoleAdd', new MessageWriter().text(1, user).finish());
      await this.call('Auth/UserGrantRole', new MessageWriter().text(1, user).text(2, user).finish());
    }
    const below = new MessageWriter()
      .integer(1, 2n)
      .bytes(2, Buffer.from('app/'))
      .bytes(3, Buffer.from('app0'))
      .finish();
    await this.call('Auth/RoleGrantPermission', new MessageWriter().text(1, 'app').message(2, below).finish());
    await this.call('Auth/AuthEnable', Buffer.alloc(0));
  }

  close(): void {
    this.#client.close();
  }
}
