import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { Node } from '../../../wire/generated/node.ts';
import type { Task } from '../../../wire/generated/task.ts';
import { jsonOf } from '../../objects/json.ts';
import type { AnyObject } from '../../objects/moment.ts';
import { nameOf } from '../../objects/names.ts';
import { shownLine } from '../../objects/shown-text.ts';
import { nodeState, taskState } from '../../objects/states.ts';
import type { Inspection } from '../model/inspection.ts';
import { goTo, route } from '../model/route.ts';
import { Badge } from '../parts/badge.tsx';
import { History } from './history.tsx';
import { References } from './references.tsx';
import { Tree } from './tree.tsx';

const tabs = ['Fields', 'References', 'History'] as const;
type Tab = (typeof tabs)[number];

interface PanelProps {
  readonly inspection: Inspection;
  readonly kind: Kind;
  readonly id: string;
}

/** One object: its fields, its references, its history. */
export function ObjectPanel({ inspection, kind, id }: PanelProps) {
  const moment = inspection.moment.value;
  const object = moment.table(kind).get(id);
  // An object that is deleted while somebody looks stays, as it was last.
  const last = useRef<AnyObject | undefined>(object);
  if (object !== undefined) last.current = object;
  const [tab, setTab] = useState<Tab>('Fields');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const shown = object ?? last.current;
  const json = useMemo(() => (shown === undefined ? undefined : jsonOf(kind, shown)), [shown]);
  const close = (): void => {
    const place = route.peek();
    if (place.view === 'table') goTo({ ...place, id: undefined });
  };
  return (
    <aside class="panel" aria-labelledby="panel-title">
      <div class="panel-head">
        <p class="kind">{kind}</p>
        <h2 id="panel-title" tabIndex={-1} ref={heading}>
          <bdi>{shownLine(shown === undefined ? id : nameOf(kind, shown, moment))}</bdi>
        </h2>
        {shown !== undefined && kind === 'task' && <Badge {...taskState(shown as Task)} />}
        {shown !== undefined && kind === 'node' && <Badge {...nodeState(shown as Node)} />}
        {object === undefined && (
          <Badge tone="off" text={shown === undefined ? 'not found at this moment' : 'deleted'} />
        )}
        <button type="button" class="close" aria-label="Close" onClick={close}>
          ✕
        </button>
      </div>
      <Tabs tab={tab} onTab={setTab} />
      <div class="panel-body" role="tabpanel" id="panel-content" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === 'Fields' && json !== undefined && <Tree value={json} />}
        {tab === 'References' && shown !== undefined && <References kind={kind} object={shown} moment={moment} />}
        {tab === 'History' && <History inspection={inspection} kind={kind} id={id} />}
      </div>
    </aside>
  );
}

function Tabs({ tab, onTab }: { readonly tab: Tab; readonly onTab: (tab: Tab) => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? tab;
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="About this object" onKeyDown={onKeyDown}>
      {tabs.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === tab}
          aria-controls="panel-content"
          tabIndex={name === tab ? 0 : -1}
          onClick={() => onTab(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
