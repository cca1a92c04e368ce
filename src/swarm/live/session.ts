import { abortable } from '../../base/async/abortable.ts';
import type { Sparse } from '../../base/protobuf/service-messages.ts';
import { SwarmError } from '../../errors/swarm-error.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { WatchActionKind } from '../../wire/generated/enums.ts';
import type { WatchMessage, WatchRequest } from '../../wire/generated/watch.ts';
import { callFailure, isPastLost } from './manager/failure.ts';
import { readIdentity } from './manager/identity.ts';
import type { IdentityOptions } from './manager/identity.ts';
import { ManagerClient } from './manager/manager-client.ts';
import { preflight } from './manager/preflight.ts';
import type { Target } from './manager/target.ts';
import type { SwarmMirror } from './mirror/swarm-mirror.ts';
import { WatchStream } from './watch-stream.ts';

/** The parts of a session. */
export interface SessionParts {
  readonly module: Grpc;
  readonly target: Target;
  readonly identity: IdentityOptions;
  readonly mirror: SwarmMirror;
  readonly timeoutMs: number;
  readonly probeMs: number;
  /** True for a session that may take contents that are older than the present ones. */
  readonly acceptsOlder: boolean;
  readonly onSyncing: () => void;
  readonly onLive: () => void;
  readonly signal: AbortSignal;
}

/** The reason for which a session ended. */
export type SessionEnd =
  /** The contents have to be listed again at once: the watch lacks a kind of resource, or the past is lost. */
  | 'list again'
  /** The lists are older than the contents: the leader has just changed, or the swarm was restored from a backup. */
  | 'behind';

const action = WatchActionKind.CREATE | WatchActionKind.UPDATE | WatchActionKind.REMOVE;

/** The kinds that every watch names. A resource is watched under the name of its own kind. */
const kinds = ['node', 'service', 'task', 'network', 'cluster', 'secret', 'config', 'extension', 'volume'] as const;

/**
 * Follows one connection to a manager up to its end. After `resume`, the changes since that index come; without it, or
 * where the manager does not have them any more, the contents are listed.
 *
 * Rejects when the connection fails, with an error that names the remedy.
 */
export async function runSession(parts: SessionParts, resume: number | undefined): Promise<SessionEnd> {
  const { module, target, timeoutMs, signal } = parts;
  const identity = readIdentity(target, parts.identity);
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  await preflight(target, identity, timeoutMs, stopping);
  const client = await ManagerClient.open(module, target, identity, timeoutMs, stopping);
  try {
    return await new Session(parts, client, stopping).run(resume);
  } finally {
    stop.abort(new Error('the session has ended'));
    client.close();
  }
}

class Session {
  readonly #parts: SessionParts;
  readonly #client: ManagerClient;
  readonly #signal: AbortSignal;
  #end: (end: SessionEnd) => void = () => undefined;

  constructor(parts: SessionParts, client: ManagerClient, signal: AbortSignal) {
    this.#parts = parts;
    this.#client = client;
    this.#signal = signal;
  }

  async run(resume: number | undefined): Promise<SessionEnd> {
    const { mirror } = this.#parts;
    const ended = new Promise<SessionEnd>((resolve) => (this.#end = resolve));
    const resourceKinds = new Set(mirror.resourceKinds());
    if (resume === undefined || !(await this.#isSameSwarm())) {
      // A watch names the kinds of resources. They are known from a list, so a new kind asks for a second watch.
      for (const { kind } of await this.#client.resources()) resourceKinds.add(kind);
      return this.#list(resourceKinds, ended);
    }
    const watch = this.#watch(resourceKinds, resume);
    try {
      await this.#open(watch);
      watch.deliver((message) => this.#take(message, resourceKinds));
      this.#parts.onLive();
      return await this.#follow(watch, resourceKinds, ended);
    } catch (error) {
      if (!isPastLost(error)) throw this.#failure(error);
      this.#parts.onSyncing();
      return await this.#list(resourceKinds, ended);
    } finally {
      watch.cancel();
    }
  }

  /** The watch first, then the lists, then the messages that came meanwhile. */
  async #list(resourceKinds: ReadonlySet<string>, ended: Promise<SessionEnd>): Promise<SessionEnd> {
    const { mirror, acceptsOlder, onSyncing, onLive } = this.#parts;
    const watch = this.#watch(resourceKinds, undefined);
    try {
      await this.#open(watch);
      onSyncing();
      const { extensions, secrets } = mirror.store.save();
      const listing = await Promise.race([
        this.#client.list({
          extensions: extensions.map(({ id }) => id),
          secrets: secrets.filter(({ internal }) => internal).map(({ id }) => id),
        }),
        watch.ended,
      ]);
      if (!acceptsOlder && mirror.isBehind(listing)) return 'behind';
      mirror.replace(listing, watch.takeKept());
      watch.deliver((message) => this.#take(message, resourceKinds));
      if (this.#isNew(mirror.resourceKinds(), resourceKinds)) return 'list again';
      onLive();
      return await this.#follow(watch, resourceKinds, ended);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      watch.cancel();
    }
  }

  #watch(resourceKinds: ReadonlySet<string>, resume: number | undefined): WatchStream {
    const names = [...kinds, ...[...resourceKinds].filter((name) => name !== '' && !isKindName(name))];
    const request: Sparse<WatchRequest> = {
      entries: names.map((kind) => ({ kind, action: action as WatchActionKind })),
      resumeFrom: resume === undefined ? undefined : { index: resume },
    };
    return new WatchStream(this.#client.watch(request));
  }

  async #open(watch: WatchStream): Promise<void> {
    // A resumed watch waits for the write lock of the manager, and so for ever where the manager has no quorum.
    const { target, timeoutMs } = this.#parts;
    const late = new AbortController();
    const timer = setTimeout(() => {
      const message =
        `${target.text} did not start the watch within ${timeoutMs} ms: ` +
        'its swarm has no leader (docker node ls on a manager), or the link is dead';
      late.abort(new SwarmError('ERR_SWARM_NO_LEADER', message, { target: target.text }));
    }, timeoutMs);
    try {
      await abortable(watch.opened, AbortSignal.any([late.signal, this.#signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  #take(message: WatchMessage, resourceKinds: ReadonlySet<string>): void {
    const { mirror } = this.#parts;
    mirror.take(message);
    const extended = message.events.some(({ object }) => object?.extension !== undefined);
    if (extended && this.#isNew(mirror.resourceKinds(), resourceKinds)) this.#end('list again');
  }

  /** Waits for the end of the stream, and calls the leader now and then to notice a connection that is dead. */
  async #follow(
    watch: WatchStream,
    resourceKinds: ReadonlySet<string>,
    ended: Promise<SessionEnd>,
  ): Promise<SessionEnd> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const probes = new Promise<never>((_, reject) => {
      const probe = async (): Promise<void> => {
        try {
          const listed = new Set((await this.#client.resources()).map(({ kind }) => kind));
          if (this.#isNew(listed, resourceKinds)) this.#end('list again');
          timer = setTimeout(() => void probe(), this.#parts.probeMs);
        } catch (error) {
          reject(error);
        }
      };
      timer = setTimeout(() => void probe(), this.#parts.probeMs);
    });
    try {
      return await abortable(Promise.race([ended, watch.ended, probes]), this.#signal);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** False where the manager has joined another swarm: indexes of one swarm mean nothing in another. */
  async #isSameSwarm(): Promise<boolean> {
    const known = this.#parts.mirror.store.save().clusters.map(({ id }) => id);
    const clusters = await this.#client.clusters();
    return clusters.length > 0 && clusters.every(({ id }) => known.includes(id));
  }

  #isNew(found: ReadonlySet<string>, watched: ReadonlySet<string>): boolean {
    return [...found].some((name) => name !== '' && !isKindName(name) && !watched.has(name));
  }

  #failure(error: unknown): unknown {
    this.#signal.throwIfAborted();
    return callFailure(error, this.#parts.target);
  }
}
