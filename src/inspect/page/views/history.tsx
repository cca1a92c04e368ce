import { useMemo } from 'preact/hooks';
import type { ObjectEvent } from '../../../model/events.ts';
import type { Kind } from '../../../wire/generated/kinds.ts';
import { jsonOf } from '../../objects/json.ts';
import { differences } from '../../past/diff.ts';
import type { Inspection } from '../model/inspection.ts';
import { counted, dateAndTime } from '../model/times.ts';
import { Differences } from './differences.tsx';

const MOST = 100;

interface HistoryProps {
  readonly inspection: Inspection;
  readonly kind: Kind;
  readonly id: string;
}

/** The known changes of one object, the newest first. */
export function History({ inspection, kind, id }: HistoryProps) {
  const { timeline, began } = inspection;
  const { tick } = inspection;
  const changes = useMemo(() => timeline.historyOf(kind, id), [tick.value, kind, id]);
  return (
    <div class="history">
      <p class="quiet">
        {changes.length === 0 ? 'No change' : counted(changes.length, 'change')} in the known past. This page has
        followed the store since {dateAndTime(began)}. “Earlier” reads more, where the store keeps it.
      </p>
      <ol>
        {changes.slice(0, MOST).map(({ step, event }) => (
          <li key={`${step.at} ${String(step.version?.index)} ${event.action}`}>
            <h3>
              <span class={`action ${event.action}`}>{actionText(event)}</span>
              <time dateTime={new Date(step.at).toISOString()}>{dateAndTime(step.at)}</time>
              {step.version !== undefined && <span class="quiet">version {String(step.version.index)}</span>}
              <button type="button" onClick={() => inspection.goTo(timeline.steps.indexOf(step) + 1)}>
                Go there
              </button>
            </h3>
            <EventDifferences event={event} />
          </li>
        ))}
      </ol>
      {changes.length > MOST && <p class="more">and {changes.length - MOST} older ones</p>}
    </div>
  );
}

function actionText({ action }: ObjectEvent): string {
  return action === 'create' ? 'created' : action === 'delete' ? 'deleted' : 'changed';
}

function EventDifferences({ event }: { readonly event: ObjectEvent }) {
  const { kind, object, oldObject, action } = event;
  if (action !== 'update') return null;
  if (oldObject === undefined) return <p class="quiet">The state before is not known.</p>;
  return <Differences list={differences(jsonOf(kind, oldObject), jsonOf(kind, object))} />;
}
