import { isProxy } from '../../base/host/is-proxy.ts';

/**
 * True for a frozen array that shows the same elements for ever: no proxy, no subclass, no getters. Where the host
 * cannot tell a proxy, the answer is false.
 */
export function isConstantList(list: readonly unknown[]): boolean {
  if (!Object.isFrozen(list) || Object.getPrototypeOf(list) !== Array.prototype) return false;
  if (isProxy === undefined || isProxy(list)) return false;
  for (let index = 0; index < list.length; index++)
    if (Object.getOwnPropertyDescriptor(list, index)?.get !== undefined) return false;
  return true;
}
