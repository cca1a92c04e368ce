import type { Kind } from '../../../wire/generated/kinds.ts';
import { shownLine } from '../../objects/shown-text.ts';
import { linkTo } from '../model/route.ts';

/** A link to an object. The text is untrusted. */
export function ObjectLink({ kind, id, text }: { readonly kind: Kind; readonly id: string; readonly text: string }) {
  return (
    <a href={linkTo({ view: 'table', kind, id })}>
      <bdi>{shownLine(text)}</bdi>
    </a>
  );
}
