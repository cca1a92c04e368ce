import { useMemo, useState } from 'preact/hooks';
import { jsonOf } from '../../objects/json.ts';
import { nameOf } from '../../objects/names.ts';
import { changedObjects } from '../../past/changed-objects.ts';
import type { ChangedObject } from '../../past/changed-objects.ts';
import type { Moment } from '../../objects/moment.ts';
import { differences } from '../../past/diff.ts';
import type { Inspection } from '../model/inspection.ts';
import { timeOfDay } from '../model/times.ts';
import { ObjectLink } from '../parts/object-link.tsx';
import { Differences } from './differences.tsx';

const FIRST = 100;

/** Compares two moments of the known past, object by object. */
export function Changes({ inspection }: { readonly inspection: Inspection }) {
  const { timeline, live, began } = inspection;
  // The comparison is of two fixed moments: it changes when the user moves one of them, not with each commit.
  const [end, setEnd] = useState<number | undefined>(undefined);
  const [start, setStart] = useState(0);
  const [asked, setAsked] = useState(0);
  const [count, setCount] = useState(FIRST);
  const steps = inspection.tick.value >= 0 ? timeline.steps : [];
  const changed = useMemo(() => {
    const [a, b] = [timeline.before(start, live), end === undefined ? live : timeline.before(end, live)];
    return changedObjects(a, b)
      .map((object) => ({ object, list: fieldsOf(object) }))
      .filter(({ object, list }) => object.before === undefined || object.after === undefined || list.length > 0)
      .map((entry) => ({ ...entry, moment: entry.object.after === undefined ? a : b }));
  }, [start, end, asked]);
  const textOf = (position: number): string => {
    const step = steps[position - 1];
    if (position >= steps.length) return 'now';
    return step === undefined
      ? `before ${timeOfDay(steps[0]?.at ?? began)}`
      : `${timeOfDay(step.at)}${step.version === undefined ? '' : `, version ${String(step.version.index)}`}`;
  };
  const to = end ?? steps.length;
  return (
    <section class="compare" aria-labelledby="compare-title">
      <div class="table-head">
        <h2 id="compare-title">Compare two moments</h2>
        <button type="button" onClick={() => setAsked(asked + 1)}>
          Compare again
        </button>
      </div>
      <div class="card compare-moments">
        <label>
          From <span class="moment">{textOf(start)}</span>
          <input
            type="range"
            min={0}
            max={Math.max(steps.length, 1)}
            value={start}
            aria-valuetext={textOf(start)}
            onChange={(event) => setStart(event.currentTarget.valueAsNumber)}
          />
        </label>
        <label>
          To <span class="moment">{textOf(to)}</span>
          <input
            type="range"
            min={0}
            max={Math.max(steps.length, 1)}
            value={to}
            aria-valuetext={textOf(to)}
            onChange={(event) => {
              const position = event.currentTarget.valueAsNumber;
              setEnd(position >= steps.length ? undefined : position);
            }}
          />
        </label>
      </div>
      <p class="found" role="status">
        {changed.length === 0 ? 'No object differs.' : summary(changed.map(({ object }) => object))}
      </p>
      <ul class="changed">
        {changed.slice(0, count).map(({ object, list, moment }) => (
          <li key={`${object.kind} ${object.id}`} class="card">
            <ChangedHead object={object} moment={moment} />
            {object.before !== undefined && object.after !== undefined && <Differences list={list} />}
          </li>
        ))}
      </ul>
      {changed.length > count && (
        <button type="button" onClick={() => setCount(count + FIRST)}>
          Show more
        </button>
      )}
    </section>
  );
}

function ChangedHead({ object, moment }: { readonly object: ChangedObject; readonly moment: Moment }) {
  const shown = object.after ?? object.before;
  const action = object.before === undefined ? 'create' : object.after === undefined ? 'delete' : 'update';
  const text = { create: 'created', delete: 'deleted', update: 'changed' }[action];
  return (
    <h3>
      <span class={`action ${action}`}>{text}</span>
      <span class="kind">{object.kind}</span>
      {shown !== undefined && (
        <ObjectLink kind={object.kind} id={object.id} text={nameOf(object.kind, shown, moment)} />
      )}
    </h3>
  );
}

function fieldsOf({ kind, before, after }: ChangedObject) {
  if (before === undefined || after === undefined) return [];
  // The version and the time of a change differ always.
  return differences(jsonOf(kind, before), jsonOf(kind, after)).filter(
    ({ path }) => path[0] !== 'meta' || (path[1] !== 'version' && path[1] !== 'updatedAt'),
  );
}

function summary(changed: readonly ChangedObject[]): string {
  const created = changed.filter(({ before }) => before === undefined).length;
  const deleted = changed.filter(({ after }) => after === undefined).length;
  return `${created} created, ${changed.length - created - deleted} changed, ${deleted} deleted`;
}
