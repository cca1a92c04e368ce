import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/**
 * The origin of a change. A `write` obeys every rule. A `log` entry (`applyStoreActions`) obeys only the rules that
 * swarmkit applies on replay. A `copy` (`apply`, `restore`) obeys none, and takes the other store's state as it is.
 */
export type ChangeOrigin = 'write' | 'log' | 'copy';

/** The view of a rule: the state of the open transaction. */
export interface RuleContext {
  readonly origin: ChangeOrigin;
  /** The objects with that key in an index, in id order. O(result). */
  find<K extends Kind>(kind: K, indexName: string, key: string): readonly Kinds[K][];
}

/** The rules of a table. They are checked in swarmkit's order, see `table-writer.ts`. */
export interface TableRules<K extends Kind> {
  /** Gives the name, in a table where no two objects may have the same name, without case. */
  readonly uniqueName?: (object: Kinds[K]) => string;
  /** Checked on create and update before the name. */
  readonly checkReferences?: (object: Kinds[K], context: RuleContext) => void;
  /** Checked on create after the name. */
  readonly checkNewName?: (object: Kinds[K], context: RuleContext) => void;
  /** Checked on update before anything else, even before the object is known to exist. */
  readonly checkUpdate?: (id: string, context: RuleContext) => void;
  /** True in a table where an update checks existence before names. */
  readonly existenceBeforeName?: boolean;
  /** Checked last on create and update: the fields that the indexes need. */
  readonly checkComplete?: (object: Kinds[K]) => void;
  /** Checked on the delete of an object that exists. */
  readonly checkDelete?: (object: Kinds[K], context: RuleContext) => void;
}
