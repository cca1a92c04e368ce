import type { ObjectEvent } from '../model/events.ts';
import { definitions } from '../model/tables/table-definition.ts';
import type { TableDefinition } from '../model/tables/table-definition.ts';
import { Dispatch, Subscription } from './dispatch.ts';
import { selects } from './selector.ts';
import type { CheckedSelector } from './selector.ts';

/** Tells the events that a list of selectors selects, without a look at the selectors that an event does not reach. */
export class EventFilter {
  readonly #dispatch = new Dispatch<undefined>();
  /** The selectors of updates, for updates without an old object. Those that select any such update come first. */
  readonly #ofUpdates: readonly CheckedSelector[];

  constructor(selectors: readonly CheckedSelector[]) {
    for (const selector of selectors) this.#dispatch.add(new Subscription(undefined, selector));
    const ofUpdates = selectors.filter(({ action }) => action === undefined || action === 'update');
    this.#ofUpdates = [
      ...ofUpdates.filter(({ check }) => check === undefined),
      ...ofUpdates.filter(({ check }) => check !== undefined),
    ];
  }

  /** True when a selector selects the event. Throws the error of a check. */
  selects(event: ObjectEvent): boolean {
    // Such an update may have left what a finder finds, so it is filed under no key.
    if (event.action === 'update' && event.oldObject === undefined) {
      const table = definitions[event.kind] as TableDefinition;
      return this.#ofUpdates.some((selector) => selector.kind === event.kind && selects(table, selector, event));
    }
    return this.#dispatch.reached(event).some((subscription) => this.#dispatch.accepts(subscription, event));
  }
}
