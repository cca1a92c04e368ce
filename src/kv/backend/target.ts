import type { DriverTarget } from './driver.ts';

/**
 * True when a change of `key` belongs to a watch of `target`.
 *
 * @example
 * ```ts
 * import { isTarget } from 'swarmstate/kv/backend';
 *
 * console.log(isTarget({ prefix: 'a/' }, 'a/b'), isTarget({ key: 'a' }, 'a/b')); // true false
 * ```
 */
export function isTarget(target: DriverTarget, key: string): boolean {
  return target.key === undefined ? key.startsWith(target.prefix) : key === target.key;
}
