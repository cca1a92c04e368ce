import { expect } from '@jest/globals';
import { isKvError } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';

/** A call that failed while its server was lost: it may have been made, or was not sent. */
export const inDoubtOrNot = {
  name: 'KvError',
  code: expect.stringMatching(/OUTCOME_UNKNOWN|NOT_REACHABLE/) as unknown,
};

/**
 * Writers and counters of a key/value store that go on while its servers come and go. Writers make the keys below
 * `load`, each once; counters count up in the key `count`, which has to be there.
 */
export class WriteLoad {
  readonly acknowledged: Set<string> = new Set<string>();
  readonly tried: Set<string> = new Set<string>();
  readonly #store: KvStore;
  readonly #running: Promise<void>[] = [];
  #counted = 0;
  #inDoubt = 0;
  #stopped = false;

  constructor(store: KvStore, writers: number, counters: number) {
    this.#store = store;
    for (let name = 0; name < writers; name++) this.#running.push(this.#write(name));
    for (let counter = 0; counter < counters; counter++) this.#running.push(this.#count());
  }

  /** Resolves when every call has ended. Rejects where one failed in another way than by a lost server. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** Every acknowledged key was found, and of the others only keys that were tried, and `more`. */
  expectFound(found: ReadonlySet<string>, more: readonly string[] = []): void {
    expect([...this.acknowledged].filter((key) => !found.has(key))).toEqual([]);
    expect([...found].filter((key) => !this.tried.has(key))).toEqual(more);
  }

  /** The count has every acknowledged step, and of those in doubt some. */
  expectCount(count: number): void {
    expect(count).toBeGreaterThanOrEqual(this.#counted);
    expect(count).toBeLessThanOrEqual(this.#counted + this.#inDoubt);
  }

  async #count(): Promise<void> {
    while (!this.#stopped) {
      try {
        const pair = await this.#store.get('count');
        await this.#store.atomicPut('count', String(Number(pair.text()) + 1), pair);
        this.#counted++;
      } catch (error) {
        if (isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) this.#inDoubt++;
        else expect(error).toMatchObject({ code: expect.stringMatching(/NOT_REACHABLE|KEY_MODIFIED/) as unknown });
      }
    }
  }

  async #write(name: number): Promise<void> {
    for (let number = 0; !this.#stopped; number++) {
      const key = `load/${name}/${number}`;
      this.tried.add(key);
      // A failed write may have happened; it is not repeated.
      await this.#store.put(key, 'x').then(
        () => this.acknowledged.add(key),
        (error: unknown) => expect(error).toMatchObject(inDoubtOrNot),
      );
    }
  }
}
