import type { KvCondition, KvOperation, KvOptions, KvPair } from '../../src/kv/api/calls.ts';
import type { KvStore } from '../../src/kv/api/kv-store.ts';

/** Sees every write of the shared store: a slot of the log is filled once for ever, and slots are filled in order. */
export class SlotAudit {
  readonly problems: string[] = [];
  /** Every pair that was written, in order. */
  readonly writes: KvPair[] = [];
  readonly values: Uint8Array[] = [];
  #trims = 0;

  /** How often entries were deleted. */
  get trims(): number {
    return this.#trims;
  }

  /** The store, watched. */
  around(server: KvStore): KvStore {
    return new Proxy(server, {
      get: (target, name) => {
        if (name === 'transaction') {
          return async (
            conditions: readonly KvCondition[],
            operations: readonly KvOperation[],
            options?: KvOptions,
          ): Promise<readonly KvPair[]> => {
            const pairs = await target.transaction(conditions, operations, options);
            for (const pair of pairs) {
              this.writes.push(pair);
              this.#written(pair);
            }
            return pairs;
          };
        }
        if (name === 'deleteRange') this.#trims += 1;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  #written({ key, value }: KvPair): void {
    const number = /^c\/log\/(\d+)$/.exec(key)?.[1];
    if (number === undefined) return;
    const slot = Number(number);
    if (slot < this.values.length) this.problems.push(`the slot ${slot} was filled again`);
    else if (slot > this.values.length) this.problems.push(`the slot ${slot} was filled before ${this.values.length}`);
    this.values[slot] = value;
  }
}
