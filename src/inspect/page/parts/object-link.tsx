import type { Kind } from '../../../wire/generated/kinds.ts';
import { shownLine } from '../../objects/shown-text.ts';
import { linkTo } from '../model/route.ts';

interface ObjectLinkProps {
  readonly kind: Kind;
  readonly id: string;
  /** Untrusted. */
  readonly text: string;
  /** Longer texts are cut. */
  readonly longest?: number;
}

/** A link to an object. */
export function ObjectLink({ kind, id, text, longest }: ObjectLinkProps) {
  return (
    <a href={linkTo({ view: 'table', kind, id })}>
      <bdi>{shownLine(text, longest)}</bdi>
    </a>
  );
}
