import { kinds } from '../../model/schema/kinds.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { AnyObject, Moment } from '../objects/moment.ts';

/** An object that differs between two moments. */
export interface ChangedObject {
  readonly kind: Kind;
  readonly id: string;
  readonly before: AnyObject | undefined;
  readonly after: AnyObject | undefined;
}

/** The objects that differ between two moments, by kind, then in the order of the rows. O(rows of both). */
export function changedObjects(before: Moment, after: Moment): readonly ChangedObject[] {
  const found: ChangedObject[] = [];
  for (const kind of kinds) {
    const [old, now] = [before.table(kind), after.table(kind)];
    if (old === now) continue;
    for (const object of old.rows()) {
      const successor = now.get(object.id);
      if (successor !== object) found.push({ kind, id: object.id, before: object, after: successor });
    }
    for (const object of now.rows())
      if (old.get(object.id) === undefined) found.push({ kind, id: object.id, before: undefined, after: object });
  }
  return found;
}
