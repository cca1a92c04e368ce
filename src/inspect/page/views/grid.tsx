import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { AnyObject, Moment } from '../../objects/moment.ts';
import { shownLine } from '../../objects/shown-text.ts';
import { columns } from '../../table/columns.ts';
import type { Cell } from '../../table/columns.ts';
import type { SetFilter } from '../../table/filters.ts';
import type { Order } from '../model/sorted-rows.ts';
import { goTo } from '../model/route.ts';
import { ago, dateAndTime } from '../model/times.ts';
import { Badge } from '../parts/badge.tsx';

const ROW = 34;

interface GridProps {
  readonly kind: Kind;
  readonly rows: readonly AnyObject[];
  readonly moment: Moment;
  readonly selected: string | undefined;
  readonly filter: SetFilter | undefined;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

/** Rows of which only those on the screen are in the document. Arrow keys move, Enter opens. */
export function Grid({ kind, rows, moment, selected, filter, order, onOrder }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer(scroller, rows.length);
  const [active, setActive] = useState<string | undefined>(undefined);
  const current = active ?? selected ?? rows[0]?.id;
  const position = rows.findIndex(({ id }) => id === current);
  const items = virtualizer.getVirtualItems();
  const now = Date.now();
  const open = (id: string): void => goTo({ view: 'table', kind, id, filter });
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 2, 1);
    const next = {
      ArrowDown: position + 1,
      ArrowUp: position - 1,
      PageDown: position + page,
      PageUp: position - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (event.key === 'Enter' && current !== undefined) open(current);
    if (next === undefined) return;
    event.preventDefault();
    const target = Math.min(Math.max(next, 0), rows.length - 1);
    setActive(rows[target]?.id);
    virtualizer.scrollToIndex(target);
  };
  const isDrawn = items.some(({ index }) => index === position);
  return (
    <div
      class="grid"
      role="grid"
      aria-label={`${kind} rows`}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns[kind].length}
      aria-activedescendant={isDrawn && position >= 0 ? rowId(position) : undefined}
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKeyDown}
    >
      <Head kind={kind} order={order} onOrder={onOrder} />
      <div class="grid-body" role="rowgroup" style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {items.map(({ index, start }) => {
          const object = rows[index];
          if (object === undefined) return null;
          return (
            <div
              key={object.id}
              id={rowId(index)}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={object.id === selected}
              class={object.id === current ? 'row current' : 'row'}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => {
                setActive(object.id);
                open(object.id);
              }}
            >
              {columns[kind].map((column, place) => (
                <GridCell
                  key={column.title}
                  cell={column.cell(object, moment)}
                  width={column.width}
                  look={lookOf(kind, place)}
                  now={now}
                />
              ))}
            </div>
          );
        })}
      </div>
      {rows.length === 0 && <EmptyRow />}
    </div>
  );
}

function EmptyRow() {
  return (
    <div role="rowgroup">
      <div role="row">
        <p class="empty" role="gridcell">
          Nothing is found.
        </p>
      </div>
    </div>
  );
}

function rowId(index: number): string {
  return `row-${index}`;
}

/** Columns that a table of medium width leaves out. */
const extras: ReadonlySet<string> = new Set(['Desired', 'Service', 'Id', 'Engine', 'Address']);

/** The classes of a cell. Narrow screens show the name, the column after it, and the time. */
function lookOf(kind: Kind, place: number): string {
  const title = columns[kind][place]?.title ?? '';
  if (place <= 1 || title === 'Updated') return 'cell';
  return extras.has(title) ? 'cell wide extra' : 'cell wide';
}

function Head({
  kind,
  order,
  onOrder,
}: {
  readonly kind: Kind;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}) {
  return (
    <div class="grid-head" role="rowgroup">
      <div role="row" aria-rowindex={1} class="row">
        {columns[kind].map(({ title, width }, place) => {
          const isOrder = place === order.column;
          return (
            <div
              key={title}
              role="columnheader"
              class={lookOf(kind, place)}
              style={{ flexGrow: width }}
              aria-sort={isOrder ? (order.descending ? 'descending' : 'ascending') : 'none'}
            >
              <button
                type="button"
                onClick={() => onOrder({ column: place, descending: isOrder && !order.descending })}
              >
                {title}
                <span aria-hidden="true">{isOrder ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface CellProps {
  readonly cell: Cell;
  readonly width: number;
  readonly look: string;
  readonly now: number;
}

function GridCell({ cell, width, look, now }: CellProps) {
  const { text, tone, time } = cell;
  return (
    <div role="gridcell" class={look} style={{ flexGrow: width }}>
      {time !== undefined ? (
        <time class="quiet" dateTime={new Date(time).toISOString()} title={dateAndTime(time)}>
          {ago(time, now)}
        </time>
      ) : tone === undefined ? (
        <bdi>{shownLine(text)}</bdi>
      ) : (
        <Badge tone={tone} text={text} />
      )}
    </div>
  );
}

type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** The rows on the screen: drawn again when these change. */
function useVirtualizer(scroller: { readonly current: HTMLDivElement | null }, count: number): Rows {
  const [, redraw] = useState(0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
    paddingEnd: 4,
    scrollPaddingStart: ROW,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw((times) => times + 1),
  };
  const [virtualizer] = useState<Rows>(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options));
  virtualizer.setOptions(options);
  useEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
