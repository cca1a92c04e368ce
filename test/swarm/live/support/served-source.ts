import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { all, MemoryStore } from 'swarmstate';
import type { Tx, Watcher, WatchOptions } from 'swarmstate';
import type { Kind, Kinds, VersionInput } from 'swarmstate/proto';
import { serveSwarm } from 'swarmstate/remote';
import type { Access, SwarmServer } from 'swarmstate/remote';
import { managerCertificate } from './fake-manager.ts';
import type { FakeChange } from './fake-swarm.ts';
import type { FollowedSource, SourceCertificate } from './followed-source.ts';

/** The commits that the store keeps. */
const HISTORY = 20;

/** A store whose watchers are known, as they are when it is served. */
class ObservedStore extends MemoryStore {
  readonly resumed: number[] = [];
  readonly watchers = new Set<Watcher>();

  override watch(options?: WatchOptions): Watcher {
    const watcher = super.watch(options);
    this.watchers.add(watcher);
    return watcher;
  }

  override async watchFrom(version: VersionInput, options?: WatchOptions): Promise<Watcher> {
    this.resumed.push(Number(version.index));
    const watcher = await super.watchFrom(version, options);
    this.watchers.add(watcher);
    return watcher;
  }
}

/** A store behind `serveSwarm` as a source of the contract. */
class ServedSource implements FollowedSource {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swarmstate-served-'));
  readonly #store = new ObservedStore({ history: HISTORY });
  readonly #certificate: SourceCertificate;
  #server: SwarmServer | undefined;
  #speak: () => void = () => undefined;
  #spoken: Promise<void> = Promise.resolve();
  #silent = false;
  lists = 0;
  betweenLists: () => unknown = () => undefined;

  constructor(certificate: SourceCertificate) {
    this.#certificate = certificate;
  }

  get path(): string {
    return join(this.#folder, 'control.sock');
  }

  get resumed(): readonly number[] {
    return this.#store.resumed;
  }

  get silent(): boolean {
    return this.#silent;
  }

  set silent(silent: boolean) {
    this.#speak();
    this.#silent = silent;
    if (silent) this.#spoken = new Promise((resolve) => (this.#speak = resolve));
  }

  async start(): Promise<void> {
    const { ca, certificate: cert, key } = this.#certificate;
    this.#server = await serveSwarm(this.#store, {
      listen: this.path,
      tls: { ca, cert, key },
      limits: { graceMs: 50 },
      // The hook is asked before each call is answered.
      authorize: async (_, method): Promise<Access> => {
        await this.#spoken;
        if (method.endsWith('/ListTasks')) {
          this.lists += 1;
          await this.betweenLists();
        }
        return 'secrets';
      },
    });
  }

  async kill(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  endWatches(): void {
    for (const watcher of this.#store.watchers) watcher.close();
    this.#store.watchers.clear();
  }

  async stop(): Promise<void> {
    this.silent = false;
    await this.kill();
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async commit(changes: readonly FakeChange[], { batch = false }: { readonly batch?: boolean } = {}): Promise<void> {
    const apply = (tx: Tx): void => {
      for (const change of changes) applyTo(tx, change);
    };
    if (batch) await this.#store.batch(async ({ update }) => update(apply));
    else await this.#store.update(apply);
  }

  async compact(): Promise<void> {
    const noise = { kind: 'config', put: { id: 'noise', spec: { annotations: { name: 'noise' } } } } as const;
    for (let count = 0; count <= 2 * HISTORY; count += 1) {
      await this.commit([noise]);
      await this.commit([{ kind: 'config', remove: 'noise' }]);
    }
  }

  rows<K extends Kind>(kind: K): readonly Kinds[K][] {
    return this.#store.view((tx) => tx.table(kind).find(all));
  }
}

/** Puts an object into its table, new or in place of the one with its id, or removes one. */
function applyTo(tx: Tx, change: FakeChange): void {
  const table = tx.table<Kind>(change.kind);
  if ('remove' in change) {
    table.delete(change.remove);
    return;
  }
  const existing = table.get(change.put.id);
  if (existing === undefined) table.create(change.put);
  else table.update({ ...change.put, meta: existing.meta });
}

export function servedSource(certificate: SourceCertificate = managerCertificate): FollowedSource {
  return new ServedSource(certificate);
}
