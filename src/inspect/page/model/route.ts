import { signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { isKindName } from '../../../model/schema/kinds.ts';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { SetFilter } from '../../table/filters.ts';

/** The place in the page, kept in the fragment of its address. */
export type Route =
  | { readonly view: 'overview'; readonly kind?: Kind; readonly id?: string }
  | { readonly view: 'changes' }
  | {
      readonly view: 'table';
      readonly kind: Kind;
      readonly id?: string | undefined;
      readonly filter?: SetFilter | undefined;
    };

export const route: Signal<Route> = signal(parse(location.hash));

addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

/** The link to a place. */
export function linkTo(to: Route): string {
  if (to.view !== 'table') return `#/${to.view}`;
  const path = [to.kind, ...(to.id === undefined ? [] : [to.id])].map(encodeURIComponent).join('/');
  const { filter } = to;
  if (filter === undefined) return `#/${path}`;
  return `#/${path}?${new URLSearchParams({ ...filter.values, by: filter.finder }).toString()}`;
}

/** Goes to a place. */
export function goTo(to: Route): void {
  location.hash = linkTo(to);
}

function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first = '', id] = path.split('/').map(decode);
  if (first === 'changes') return { view: 'changes' };
  if (!isKindName(first)) return { view: 'overview' };
  const { by, ...values } = Object.fromEntries(new URLSearchParams(query));
  const filter = by === undefined ? undefined : { finder: by, values: values as Record<string, string> };
  return { view: 'table', kind: first, id: id === '' ? undefined : id, filter };
}

/** A fragment that somebody wrote by hand may not be decodable. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
