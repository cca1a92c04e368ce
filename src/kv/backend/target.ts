import type { DriverTarget } from './driver.ts';

/** Whether a key is one of those that are followed. */
export function isTarget(target: DriverTarget, key: string): boolean {
  return target.key === undefined ? key.startsWith(target.prefix) : key === target.key;
}
