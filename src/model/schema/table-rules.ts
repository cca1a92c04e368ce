import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/**
 * What a change comes from. A `write` obeys every rule. A `log` entry (`applyStoreActions`) obeys those that the
 * original applies on replay, because a leader could not have written an entry that breaks them. A `copy` (`apply`,
 * `restore`) takes another store's state as it is.
 */
export type ChangeOrigin = 'write' | 'log' | 'copy';

/** What a rule may look at: the open transaction's own state. */
export interface RuleContext {
  readonly origin: ChangeOrigin;
  /** The objects with exactly that key, in id order. O(result). */
  find<K extends Kind>(kind: K, indexName: string, key: string): readonly Kinds[K][];
}

/** The rules of a table. The order in which they are checked is the original's, see `table-writer.ts`. */
export interface TableRules<K extends Kind> {
  /** Set where no two objects may have the same name (without case): gives the name. */
  readonly uniqueName?: (object: Kinds[K]) => string;
  /** Checked on create and update before the name. */
  readonly checkReferences?: (object: Kinds[K], context: RuleContext) => void;
  /** Checked on create after the name. */
  readonly checkNewName?: (object: Kinds[K], context: RuleContext) => void;
  /** Checked on update before anything else, even before the object is known to exist. */
  readonly checkUpdate?: (id: string, context: RuleContext) => void;
  /** True where an update looks for the object before it looks at names. */
  readonly existenceBeforeName?: boolean;
  /** Checked on create and update last of all: what the indexes need. */
  readonly checkComplete?: (object: Kinds[K]) => void;
  /** Checked on delete, of an object that exists. */
  readonly checkDelete?: (object: Kinds[K], context: RuleContext) => void;
}
