import type { EventsRequest } from '../../remote/events/events-options.ts';

/** The names of this machine for itself. */
const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Decides whether a request comes from the page itself. Returns the reason of a refusal.
 *
 * - The header `Host`, or `:authority` of HTTP/2, has to be in `hosts`, port included; without `hosts`, one of the
 *   loopback names with any port. A
 *   page of another name that resolves to this machine is refused.
 * - The header `Origin`, where there is one, has to be the same host.
 * - `Sec-Fetch-Site`, where there is one, has to be `same-origin` or `none`, which is a link that a person follows.
 */
export function refusalOf(request: EventsRequest, hosts: readonly string[] | undefined): string | undefined {
  const host = request.header('host') ?? request.header(':authority');
  if (host === undefined || !isAllowed(host.toLowerCase(), hosts)) return 'this host name is not served here';
  const origin = request.header('origin');
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return 'requests of other origins are refused';
  const site = request.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'requests of other sites are refused';
  return undefined;
}

function isAllowed(host: string, hosts: readonly string[] | undefined): boolean {
  if (hosts !== undefined) return hosts.includes(host);
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(:\d{1,5})?$/.exec(host) ?? [];
  return name !== undefined && loopbackNames.has(name) && (port === undefined || Number(port.slice(1)) < 65_536);
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
