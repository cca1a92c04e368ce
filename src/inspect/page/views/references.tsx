import { useMemo } from 'preact/hooks';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { Task } from '../../../wire/generated/task.ts';
import type { AnyObject, Moment } from '../../objects/moment.ts';
import { nameOf, nameOfId } from '../../objects/names.ts';
import { referencesOf, referrersOf } from '../../objects/references.ts';
import { taskState } from '../../objects/states.ts';
import { Badge } from '../parts/badge.tsx';
import { ObjectLink } from '../parts/object-link.tsx';

const MOST = 200;

interface ReferencesProps {
  readonly kind: Kind;
  readonly object: AnyObject;
  readonly moment: Moment;
}

/** The objects that an object refers to, and those that refer to it. */
export function References({ kind, object, moment }: ReferencesProps) {
  const to = useMemo(() => referencesOf(kind, object), [object]);
  const from = useMemo(() => referrersOf(kind, object.id, moment), [object.id, moment]);
  return (
    <div class="references">
      <h3>Refers to</h3>
      {to.length === 0 && <p class="empty">No other object.</p>}
      <ul>
        {to.map((reference) => (
          <li key={`${reference.field} ${reference.kind} ${reference.id}`}>
            <span class="kind">{reference.kind}</span>
            <ObjectLink kind={reference.kind} id={reference.id} text={nameOfId(reference.kind, reference.id, moment)} />
            <span class="quiet">{reference.field}</span>
            {moment.table(reference.kind).get(reference.id) === undefined && <Badge tone="bad" text="missing" />}
          </li>
        ))}
      </ul>
      <h3>Referred to by {from.length > 0 && <span class="count">{from.length.toLocaleString('en')}</span>}</h3>
      {from.length === 0 && <p class="empty">No other object.</p>}
      <ul>
        {from.slice(0, MOST).map(({ kind: other, object: referrer, field }) => (
          <li key={`${other} ${referrer.id}`}>
            <span class="kind">{other}</span>
            <ObjectLink kind={other} id={referrer.id} text={nameOf(other, referrer, moment)} />
            <span class="quiet">{field}</span>
            {other === 'task' && <Badge {...taskState(referrer as Task)} />}
          </li>
        ))}
      </ul>
      {from.length > MOST && <p class="more">and {(from.length - MOST).toLocaleString('en')} more</p>}
    </div>
  );
}
