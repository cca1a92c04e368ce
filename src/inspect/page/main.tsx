import { render } from 'preact';
import { App } from './app.tsx';
import { Inspection } from './model/inspection.ts';
import type { Inspected } from './model/inspection.ts';

/** Shows the page in `element`. */
export function start(element: Element, inspected: Inspected): Inspection {
  const inspection = new Inspection(inspected);
  render(<App inspection={inspection} />, element);
  return inspection;
}
