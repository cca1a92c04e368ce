import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { parseListenAddress } from '../../../../src/remote/rpc/address.ts';
import type { TlsOptions } from '../../../../src/remote/rpc/certificates.ts';
import { checkLimits } from '../../../../src/remote/rpc/limits.ts';
import type { ServerLimits } from '../../../../src/remote/rpc/limits.ts';
import { RpcServer } from '../../../../src/remote/rpc/rpc-server.ts';
import type { RpcServerOptions, ServerProblem } from '../../../../src/remote/rpc/rpc-server.ts';
import type { ServedMethod } from '../../../../src/remote/rpc/served-method.ts';
import { TestAuthority } from '../../../support/certificates.ts';
import type { Certificate } from '../../../support/certificates.ts';
import { RawClient } from './raw-client.ts';
import type { ClientIdentity } from './raw-client.ts';

export const authority: TestAuthority = new TestAuthority('swarm-ca');
export const manager: Certificate = authority.issue('manager', {
  unit: 'swarm-manager',
  dnsNames: ['swarm-manager', 'localhost'],
});

/** The option `tls` of a server. */
export const tls: TlsOptions = { ca: authority.ca, cert: manager.certificate, key: manager.key };

/** A client with the certificate of a manager. */
export const asManager: ClientIdentity = { ca: authority.ca, own: manager };

interface Closable {
  close(): unknown;
}

/** Whatever a test opens, ended after it in the opposite order. */
export class Opened {
  readonly #opened: Closable[] = [];
  readonly #folders: string[] = [];

  add<T extends Closable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  /** A folder of its own. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'swarmstate-serve-'));
    this.#folders.push(folder);
    return folder;
  }

  client(address: string, identity?: ClientIdentity, options?: grpc.ClientOptions): RawClient {
    return this.add(new RawClient(address, identity, options));
  }

  /** A server of these methods, and what it had to get over. */
  async server(
    methods: readonly ServedMethod[],
    { listen = '127.0.0.1:0', limits = {}, ...options }: ServingOptions = {},
  ): Promise<RpcServer & { readonly problems: readonly ServerProblem[] }> {
    const server = await RpcServer.start(grpc, methods, () => undefined, {
      tls: undefined,
      roles: ['swarm-manager'],
      authorize: undefined,
      ...options,
      address: parseListenAddress(listen),
      limits: checkLimits(limits),
    });
    const problems: ServerProblem[] = [];
    server.events.on('problem', (problem) => problems.push(problem));
    return Object.assign(this.add(server), { problems });
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0).reverse()) await opened.close();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

type ServingOptions = Partial<Pick<RpcServerOptions, 'tls' | 'roles' | 'authorize'>> & {
  readonly listen?: string;
  readonly limits?: ServerLimits;
};

/** Answers with the request. */
export const echo: ServedMethod = {
  path: '/test.Test/Echo',
  answer: (request, _, send) => send(request),
};

/** Says whether the peer may see secrets. */
export const tellSecrets: ServedMethod = {
  path: '/test.Test/Secrets',
  answer: (_, { secrets }, send) => send(Buffer.from(String(secrets))),
};

/** Sends the request, and stays open. */
export const hang: ServedMethod = {
  path: '/test.Test/Hang',
  answer: async (request, { signal }, send) => {
    await send(request);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
};
