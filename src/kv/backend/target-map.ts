import type { DriverTarget } from './driver.ts';

/**
 * Watches by the keys that they watch. Finding the watches of a changed key costs O(segments of the key + watches
 * found), however many other watches there are.
 */
export class TargetMap<T> {
  /** Keys never end with a slash and are not empty; prefixes do or are. So both fit into one map. */
  readonly #byPath = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.#byPath.size === 0;
  }

  add(target: DriverTarget, watch: T): void {
    const path = target.key ?? target.prefix;
    const watches = this.#byPath.get(path);
    if (watches === undefined) this.#byPath.set(path, new Set([watch]));
    else watches.add(watch);
  }

  delete(target: DriverTarget, watch: T): void {
    const path = target.key ?? target.prefix;
    const watches = this.#byPath.get(path);
    if (watches?.delete(watch) === true && watches.size === 0) this.#byPath.delete(path);
  }

  /** Calls `tell` with each watch that a change of `key` belongs to. */
  forEachOf(key: string, tell: (watch: T) => void): void {
    this.#byPath.get(key)?.forEach(tell);
    this.#byPath.get('')?.forEach(tell);
    for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) {
      this.#byPath.get(key.slice(0, slash + 1))?.forEach(tell);
    }
  }

  forEach(tell: (watch: T) => void): void {
    for (const watches of this.#byPath.values()) watches.forEach(tell);
  }
}
