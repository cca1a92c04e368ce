import { coverOf } from '../protocol/cover.ts';
import type { Step } from '../protocol/transactions.ts';

/** Steps that delete these names and none that is to be kept. All names begin with `within`. */
export function deleteSteps(within: string, deleted: ReadonlySet<string>, kept: Iterable<string>): readonly Step[] {
  return coverOf(within, deleted, kept).map(({ name, isPrefix }) => ({
    verb: isPrefix ? 'delete-tree' : 'delete',
    name,
  }));
}
