import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { SetFilter } from '../../table/filters.ts';
import type { Inspection } from '../model/inspection.ts';
import { SortedRows } from '../model/sorted-rows.ts';
import { TextSearch } from '../model/text-search.ts';
import { tableTitle } from '../parts/navigation.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Grid } from './grid.tsx';

interface TablePageProps {
  readonly inspection: Inspection;
  readonly kind: Kind;
  readonly id: string | undefined;
  readonly filter: SetFilter | undefined;
}

/** A table with search, filters and order. */
export function TablePage({ inspection, kind, id, filter }: TablePageProps) {
  const moment = inspection.moment.value;
  const [text, setText] = useState('');
  const [, redraw] = useState(0);
  const sorted = useRef<SortedRows | undefined>(undefined);
  sorted.current ??= new SortedRows(kind);
  const search = useRef<TextSearch | undefined>(undefined);
  search.current ??= new TextSearch(kind, () => redraw((count) => count + 1));
  useEffect(() => () => search.current?.stop(), []);
  const [order, setOrder] = useState({ column: 0, descending: false });
  const found = search.current.find(moment.table(kind).rows(), text);
  const rows = useMemo(
    () => sorted.current?.of(found.rows, moment, filter, order) ?? [],
    [found.rows, moment, filter, order],
  );
  const total = moment.table(kind).size;
  return (
    <section class="table-page" aria-labelledby="table-title">
      <div class="table-head">
        <h2 id="table-title">{tableTitle(kind)}</h2>
        <p class="found" role="status">
          {rows.length === total
            ? total.toLocaleString('en')
            : `${rows.length.toLocaleString('en')} of ${total.toLocaleString('en')}`}
          {found.complete ? '' : ', searching…'}
        </p>
        <label class="search">
          <span class="unseen">Search all fields</span>
          <input
            type="search"
            placeholder="Search all fields  /"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <FilterBar kind={kind} filter={filter} moment={moment} />
      </div>
      <Grid kind={kind} rows={rows} moment={moment} selected={id} filter={filter} order={order} onOrder={setOrder} />
    </section>
  );
}
