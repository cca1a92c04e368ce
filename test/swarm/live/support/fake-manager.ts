import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { ControlService, WatchService } from '../../../../src/grpc/generated/api.ts';
import type { Kind, WatchRequest } from 'swarmstate/proto';
import { TestAuthority } from '../../../support/certificates.ts';
import type { Certificate } from '../../../support/certificates.ts';
import { messageOf } from './fake-swarm.ts';
import type { FakeEntry, FakeSwarm } from './fake-swarm.ts';
import type { SourceCertificate } from './followed-source.ts';

export const authority: TestAuthority = new TestAuthority('swarm-ca');
export const managerCertificate: SourceCertificate = {
  ca: authority.ca,
  ...authority.issue('manager', { unit: 'swarm-manager', dnsNames: ['swarm-manager'] }),
};

type WatchCall = grpc.ServerWritableStream<WatchRequest, ReturnType<typeof messageOf>>;

/** A manager that tells what a {@link FakeSwarm} holds, over a unix socket, and fails as the test says. */
export class FakeManager {
  readonly #swarm: FakeSwarm;
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-manager-'));
  readonly #certificate: Certificate;
  readonly #calls = new Set<WatchCall>();
  #server: grpc.Server | undefined;
  /** The requests of all watches, oldest first. */
  readonly requests: WatchRequest[] = [];
  lists = 0;
  origin: 'leader' | 'follower' = 'leader';
  /** Calls of the control API, and messages of watches, are not answered. */
  silent = false;
  /** Called while the lists are made, after the watch stands. */
  betweenLists: () => void = () => undefined;

  constructor(swarm: FakeSwarm, certificate: Certificate = managerCertificate) {
    this.#swarm = swarm;
    this.#certificate = certificate;
    swarm.onEntry((entry) => {
      for (const call of this.#calls) this.#tell(call, entry, this.origin);
    });
  }

  get path(): string {
    return join(this.#folder, 'control.sock');
  }

  async start(): Promise<void> {
    const server = new grpc.Server();
    this.#server = server;
    server.addService(WatchService, { watch: this.#watch });
    server.addService(ControlService, {
      ...{ listNodes: this.#list('node'), listServices: this.#list('service'), listTasks: this.#list('task') },
      ...{
        listNetworks: this.#list('network'),
        listClusters: this.#list('cluster'),
        listSecrets: this.#list('secret'),
      },
      ...{
        listConfigs: this.#list('config'),
        listResources: this.#list('resource'),
        listVolumes: this.#list('volume'),
      },
      getExtension: this.#get('extension', 'extensionId'),
      getSecret: this.#get('secret', 'secretId'),
    });
    const { certificate, key } = this.#certificate;
    const credentials = grpc.ServerCredentials.createSsl(
      null,
      [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }],
      false,
    );
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${this.path}`, credentials, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Ends all connections at once, as kill -9 does. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#calls.clear();
    rmSync(this.path, { force: true });
  }

  /** Ends all watches, as a manager that stops. */
  endWatches(): void {
    for (const call of this.#calls) call.emit('error', failure(grpc.status.CANCELLED, 'context canceled'));
    this.#calls.clear();
  }

  stop(): void {
    this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #watch = (call: WatchCall): void => {
    const { request } = call;
    this.requests.push(request);
    call.on('cancelled', () => this.#calls.delete(call));
    if (this.silent) return;
    const from = request.resumeFrom?.index;
    if (from !== undefined && from < this.#swarm.compacted) {
      call.emit('error', failure(grpc.status.UNKNOWN, 'requested index is unavailable due to compaction'));
      return;
    }
    if (from !== undefined && from > this.#swarm.commitIndex) {
      call.emit('error', failure(grpc.status.UNKNOWN, 'versions are out of order'));
      return;
    }
    call.write({ events: [] });
    if (from !== undefined) for (const entry of this.#swarm.entriesAfter(from)) this.#tell(call, entry, 'replay');
    this.#calls.add(call);
  };

  #tell(call: WatchCall, entry: FakeEntry, origin: Parameters<typeof messageOf>[1]): void {
    if (this.silent) return;
    const kinds = call.request.entries.map(({ kind }) => kind);
    const events = entry.events.filter(({ object }) =>
      kinds.includes(object?.resource?.kind ?? Object.keys(object ?? {})[0] ?? ''),
    );
    if (events.length > 0) call.write(messageOf({ ...entry, events }, origin));
  }

  #list(kind: Kind) {
    return (_: unknown, answer: grpc.sendUnaryData<object>): void => {
      if (this.silent) return;
      if (kind === 'task') {
        this.lists += 1;
        this.betweenLists();
      }
      answer(null, { [`${kind}s`]: this.#swarm.list(kind) });
    };
  }

  #get(kind: 'extension' | 'secret', field: string) {
    return ({ request }: { request: unknown }, answer: grpc.sendUnaryData<object>): void => {
      const id = (request as Readonly<Record<string, string>>)[field];
      const object = this.#swarm.rows(kind).find((row) => row.id === id);
      if (object === undefined) answer(failure(grpc.status.NOT_FOUND, `${kind} ${String(id)} not found`));
      else answer(null, { [kind]: object });
    };
  }
}

function failure(code: grpc.status, details: string): Error & { code: grpc.status; details: string } {
  return Object.assign(new Error(details), { code, details });
}
