import { useEffect, useRef } from 'preact/hooks';
import type { Inspection } from './model/inspection.ts';
import { goTo, route } from './model/route.ts';
import { Header } from './parts/header.tsx';
import { Navigation } from './parts/navigation.tsx';
import { TimeBar } from './parts/time-bar.tsx';
import { Changes } from './views/changes.tsx';
import { ObjectPanel } from './views/object-panel.tsx';
import { OverviewPage } from './views/overview-page.tsx';
import { TablePage } from './views/table-page.tsx';

/** The whole page. */
export function App({ inspection }: { readonly inspection: Inspection }) {
  const place = route.value;
  const main = useRef<HTMLElement>(null);
  const view = place.view === 'table' ? place.kind : place.view;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => onShortcut(event);
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the contents
      </a>
      <Header inspection={inspection} />
      <TimeBar inspection={inspection} />
      <Navigation inspection={inspection} current={view} />
      <main
        id="main"
        tabIndex={-1}
        ref={main}
        class={place.view === 'table' && place.id !== undefined ? 'with-panel' : ''}
      >
        {place.view === 'overview' && <OverviewPage inspection={inspection} />}
        {place.view === 'changes' && <Changes inspection={inspection} />}
        {place.view === 'table' && (
          <TablePage key={place.kind} inspection={inspection} kind={place.kind} id={place.id} filter={place.filter} />
        )}
        {place.view === 'table' && place.id !== undefined && (
          <ObjectPanel key={`${place.kind} ${place.id}`} inspection={inspection} kind={place.kind} id={place.id} />
        )}
      </main>
    </>
  );
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function onShortcut(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const place = route.peek();
  if (event.key === 'Escape' && place.view === 'table' && place.id !== undefined) {
    goTo({ ...place, id: undefined });
    document.querySelector<HTMLElement>('[role=grid]')?.focus();
  }
  if (event.key === '/' && !target.matches('input, select, textarea')) {
    const search = document.querySelector<HTMLInputElement>('input[type=search]');
    if (search === null) return;
    event.preventDefault();
    search.focus();
  }
}
