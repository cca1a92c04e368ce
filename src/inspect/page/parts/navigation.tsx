import type { Kind } from '../../../wire/generated/kinds.ts';
import { tableNames } from '../../../model/schema/kinds.ts';
import type { Inspection } from '../model/inspection.ts';
import { linkTo } from '../model/route.ts';

/** The kinds in the order in which people look for them. */
const order: readonly Kind[] = [
  'service',
  'task',
  'node',
  'network',
  'volume',
  'secret',
  'config',
  'resource',
  'extension',
  'cluster',
];

/** The links to the views, with the number of rows of each table. */
export function Navigation({ inspection, current }: { readonly inspection: Inspection; readonly current: string }) {
  const moment = inspection.moment.value;
  return (
    <nav aria-label="Views">
      <ul>
        <Item href={linkTo({ view: 'overview' })} text="Overview" current={current === 'overview'} />
        {order.map((kind) => (
          <Item
            key={kind}
            href={linkTo({ view: 'table', kind })}
            text={tableTitle(kind)}
            count={moment.table(kind).size}
            current={current === kind}
          />
        ))}
        <Item href={linkTo({ view: 'changes' })} text="Compare" current={current === 'changes'} />
      </ul>
    </nav>
  );
}

/** `Tasks` for `task`. */
export function tableTitle(kind: Kind): string {
  const name = tableNames[kind];
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

interface ItemProps {
  readonly href: string;
  readonly text: string;
  readonly count?: number;
  readonly current: boolean;
}

function Item({ href, text, count, current }: ItemProps) {
  return (
    <li>
      <a href={href} aria-current={current ? 'page' : undefined}>
        {text}
        {count !== undefined && <span class={count === 0 ? 'count none' : 'count'}>{count.toLocaleString('en')}</span>}
      </a>
    </li>
  );
}
