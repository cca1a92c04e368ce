import { kinds } from '../../model/schema/kinds.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { Kind } from '../../wire/generated/kinds.ts';

/** The part of a store that one peer may see. */
export interface FeedView {
  readonly redaction: Redaction;
  /** In the order of {@link kinds}. */
  readonly kinds: readonly Kind[];
  /** True for all ten kinds. */
  readonly whole: boolean;
  /** The same text for the same view. A peer can resume only within one view. */
  readonly name: string;
}

/** The rights of one peer, which narrow what is served. */
export interface FeedRights {
  /** The redaction for this peer. Default: that of the server. */
  readonly redact?: Redaction | undefined;
  /** The tables that this peer may see. Default: those of the server. */
  readonly tables?: readonly Kind[] | undefined;
}

/**
 * The view with a redaction of the tables that all `lists` have; an undefined list has all tables. Extensions come with
 * resources, which cannot be without them.
 */
export function viewOf(redaction: Redaction, ...lists: readonly (readonly Kind[] | undefined)[]): FeedView {
  const common = kinds.filter((kind) => lists.every((list) => list?.includes(kind) ?? true));
  const seen = kinds.filter((kind) => common.includes(kind) || (kind === 'extension' && common.includes('resource')));
  return { redaction, kinds: seen, whole: seen.length === kinds.length, name: `${String(redaction)}:${seen.join()}` };
}
