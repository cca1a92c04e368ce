import { KvError } from '../../../errors/kv-error.ts';
import { InvalidAnswer, isTtlRefusal, refused, textOf } from '../connection/failure.ts';
import { jsonOf, mostSteps, perform, transactionText } from '../protocol/transactions.ts';
import type { Answer } from '../connection/exchange.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Keyspace } from '../records/keyspace.ts';
import type { Step } from '../protocol/transactions.ts';

/** The session of a key with a ttl. */
export interface Session {
  readonly id: string;
  /** Milliseconds that the servers keep the session at least, once it is renewed. */
  readonly lasts: number;
  /** When the session was asked for, by `performance.now()`. */
  readonly since: number;
  /** False for a session whose mark is written together with its key. */
  readonly isMarked: boolean;
}

/** The session of the last write of a key by this store. */
interface Held {
  readonly id: string;
  readonly lasts: number;
  until: number;
}

const background = { kind: 'read', signal: undefined, isBackground: true } as const;

/** The longest ttl of a session. */
const longestMs = 24 * 60 * 60 * 1000;

/** How much longer than twice its time a session is remembered, in milliseconds. */
const grace = 5000;

/**
 * The sessions of a store's keys: each write with a ttl has one of its own. A session that ends lets its key go; the
 * key has then expired, and some store deletes it. A mark beside the keys names the key of each session, so that
 * expired keys are found without reading all keys. A session is ended as soon as its key is written again or deleted.
 */
export class ConsulSessions {
  readonly #context: ConsulContext;
  readonly #held = new Map<string, Held>();
  readonly #ending = new Set<Promise<void>>();
  /** The shortest ttl that the servers take, as far as it is known. */
  #shortestMs = 1;
  #sweepAt = 64;

  constructor(context: ConsulContext) {
    this.#context = context;
  }

  /**
   * Opens a session for each ttl, all at once. When one cannot be had, none is kept. `isMarked` true writes the marks
   * before the keys: for writes that have no room for them.
   */
  async open(
    ttls: ReadonlyMap<string, number>,
    isMarked: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, Session>> {
    for (const [key, ttl] of ttls) {
      if (ttl > longestMs) throw refused(`a ttl of ${ttl} ms for ${key}: 24 hours are the most`);
    }
    const opening = [...ttls].map(async ([key, ttl]) => [key, await this.#open(ttl, isMarked, signal)] as const);
    const opened = await Promise.allSettled(opening);
    const sessions = new Map(opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    try {
      const failed = opened.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (isMarked) await this.#mark(sessions, signal);
      return sessions;
    } catch (error) {
      this.drop(sessions);
      throw error;
    }
  }

  /** Ends sessions whose keys were not written. */
  drop(sessions: ReadonlyMap<string, Session>): void {
    for (const { id } of sessions.values()) this.#end(id);
  }

  /** Notes that the store wrote or deleted a key, and ends the session of its write before. */
  written(key: string, session?: Session): void {
    const before = this.#held.get(key);
    if (before !== undefined) {
      this.#held.delete(key);
      this.#end(before.id);
    }
    if (session === undefined) return;
    const { id, lasts, since } = session;
    this.#held.set(key, { id, lasts, until: since + lasts });
    if (this.#held.size >= this.#sweepAt) this.#sweep();
  }

  /** Starts the ttl of a key anew. False when its session has ended. */
  async renew(key: string, id: string, signal: AbortSignal | undefined): Promise<boolean> {
    const began = performance.now();
    const request = { method: 'PUT', path: `/v1/session/renew/${encodeURIComponent(id)}` } as const;
    const isThere = await this.#context.connection.call(request, ({ status }) => status === 200, {
      kind: 'read',
      signal,
    });
    const held = this.#held.get(key);
    if (isThere && held?.id === id) held.until = began + held.lasts;
    return isThere;
  }

  /** Resolves when the sessions that are being ended have ended, or after so many milliseconds. */
  async settled(withinMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([late, Promise.all(this.#ending)]);
    clearTimeout(timer);
  }

  /** A lost answer may leave a session behind, which ends by itself: so the request may be repeated. */
  async #open(ttl: number, isMarked: boolean, signal: AbortSignal | undefined): Promise<Session> {
    for (;;) {
      const lasts = Math.max(Math.ceil(ttl), this.#shortestMs);
      const since = performance.now();
      const body = JSON.stringify({
        Name: 'swarmstate',
        TTL: `${lasts}ms`,
        Behavior: 'release',
        LockDelay: '0s',
        NodeChecks: [],
      });
      const request = { method: 'PUT', path: '/v1/session/create', body } as const;
      const read = (answer: Answer): string | undefined => (isTtlRefusal(answer) ? this.#learn(answer) : idOf(answer));
      const id = await this.#context.connection.call(request, read, { kind: 'read', signal });
      if (id !== undefined) return { id, lasts, since, isMarked };
    }
  }

  /** Notes the shortest ttl that the servers take, out of their refusal: `… must be between [10s=24h0m0s]`. */
  #learn(answer: Answer): undefined {
    const text = textOf(answer);
    const shortest = millisecondsOf(/\[([^=]+)=/.exec(text)?.[1] ?? '');
    if (!(shortest > this.#shortestMs)) throw refused(text);
    this.#shortestMs = shortest;
    return undefined;
  }

  async #mark(sessions: ReadonlyMap<string, Session>, signal: AbortSignal | undefined): Promise<void> {
    const { connection, keyspace } = this.#context;
    const steps = [...sessions].map(([key, { id }]) => markStep(keyspace, key, id));
    for (let start = 0; start < steps.length; start += mostSteps) {
      const text = transactionText(steps.slice(start, start + mostSteps));
      // Marks hurt nobody, so the request may be repeated.
      const { refused: why } = await perform(connection, text, { kind: 'read', signal });
      if (why !== undefined) throw refused([...why.values()].join());
    }
  }

  #end(id: string): void {
    const { connection, keyspace } = this.#context;
    const end = async (): Promise<void> => {
      const text = transactionText([{ verb: 'delete', name: keyspace.markOf(id) }]);
      await perform(connection, text, background);
      const path = `/v1/session/destroy/${encodeURIComponent(id)}`;
      await connection.call({ method: 'PUT', path }, () => undefined, background);
    };
    // A session that is not ended ends by itself.
    const ending = end()
      .catch((error: unknown) => error)
      .then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** Forgets sessions that have ended. Runs when their number has doubled: O(1) for each write. */
  #sweep(): void {
    const now = performance.now();
    for (const [key, { until, lasts }] of this.#held) if (until + lasts + grace < now) this.#held.delete(key);
    this.#sweepAt = Math.max(64, 2 * this.#held.size);
  }
}

/** The step that notes the key of a session. */
export function markStep(keyspace: Keyspace, key: string, session: string): Step {
  return { verb: 'lock', name: keyspace.markOf(session), value: keyspace.nameOf(key), flags: 0, session };
}

function idOf({ status, body }: Answer): string {
  const { ID } = jsonOf(body) as { readonly ID?: unknown };
  if (status !== 200 || typeof ID !== 'string' || ID === '') throw new InvalidAnswer('no session');
  return ID;
}

/** The milliseconds of a duration as Go writes it: `1m30s`, `500ms`. */
function millisecondsOf(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let sum = 0;
  for (const [, count, unit = ''] of duration.matchAll(/([\d.]+)(ms|h|m|s)/g))
    sum += Number(count) * (units[unit] ?? 0);
  return sum;
}

/** The error of a write whose session ended before the write was certain to have its ttl. */
export function endedTooEarly(key: string): KvError {
  return new KvError(
    'ERR_KV_OUTCOME_UNKNOWN',
    `${key} was written, and its session ended before the ttl could begin: it may be gone; read before doing it again`,
    { backend: 'consul' },
  );
}
