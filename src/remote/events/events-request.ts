import { isKindName, kinds } from '../../model/schema/kinds.ts';
import { Version } from '../../wire/generated/common.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { EventsRequest } from './events-options.ts';

/** The part of `http.IncomingMessage` that is used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** A request as the hook `authorize` gets it. */
export interface HeldRequest extends EventsRequest {
  readonly method: string;
}

export function ofNode(request: NodeRequest): HeldRequest {
  const header = (name: string): string | undefined => {
    const value = request.headers[name.toLowerCase()];
    return typeof value === 'string' || value === undefined ? value : value.join(', ');
  };
  const url = urlOf(request.url ?? '/', header('host') ?? 'localhost');
  return { method: request.method ?? 'GET', url, header, raw: request };
}

export function ofWeb(request: Request): HeldRequest {
  const { method, url, headers } = request;
  return { method, url: new URL(url), header: (name) => headers.get(name) ?? undefined, raw: request };
}

/** What a client asks for. */
export interface Asked {
  readonly resume: Version | undefined;
  /** The view of the contents that the client has; undefined where it does not say. */
  readonly view: string | undefined;
  readonly tables: readonly Kind[] | undefined;
}

/** Reads the query and the header of a request. A text is the reason for status 400. */
export function askedOf(request: HeldRequest): Asked | string {
  const { url } = request;
  // The header is newer: a browser sends it when it connects again to the same address.
  const after = request.header('last-event-id') ?? url.searchParams.get('after') ?? '';
  const names = url.searchParams.get('tables') ?? undefined;
  const tables = names?.split(',').filter((name) => name !== '');
  const wrong = tables?.find((name) => !isKindName(name));
  if (wrong !== undefined) return `there is no such table; there are ${kinds.join(', ')}`;
  return {
    resume: versionFrom(after),
    view: url.searchParams.get('view') ?? undefined,
    tables: tables as readonly Kind[] | undefined,
  };
}

/** The version of a text; undefined for a text that is none. */
export function versionFrom(text: unknown): Version | undefined {
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return undefined;
  const index = BigInt(text);
  return index < 2n ** 64n ? Version.from({ index }) : undefined;
}

/** A target that is no URL stands for the root: the hook decides about the rest. */
function urlOf(target: string, host: string): URL {
  try {
    return new URL(target, `http://${host}`);
  } catch {
    return new URL('http://localhost/');
  }
}
