import type { LogAccess } from '../access/log-access.ts';

/** Milliseconds after which a member that died counts as gone. */
const TTL_MS = 15_000;

/**
 * The key that says that a member is alive. The key decides nothing, but for a refusal to replace a log that is in use.
 */
export class Presence {
  readonly #access: LogAccess;
  readonly #key: string;
  #written: Promise<unknown> | undefined;

  constructor(access: LogAccess, incarnation: string) {
    this.#access = access;
    this.#key = access.keys.member(incarnation);
  }

  start(): void {
    this.#written = this.#access
      .timed(undefined, (signal) =>
        this.#access.kv.put(this.#key, String(process.pid), { ttl: TTL_MS, keepAlive: true, signal }),
      )
      .catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#written === undefined) return;
    await this.#written;
    await this.#access
      .timed(undefined, (signal) => this.#access.kv.transaction([], [{ type: 'delete', key: this.#key }], { signal }))
      .catch(() => undefined);
  }
}
