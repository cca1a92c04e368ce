import type { Commit, ObjectEvent, StoreEvent } from '../../model/events.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { assertTaken, matchesObject } from './finders.ts';
import { descriptionOf } from './query.ts';
import type { Query } from './query.ts';

/** A selector of a watch, with a query in place of a finder. */
export type ModelSelector =
  | { readonly action: 'commit' }
  | {
      readonly kind: Kind;
      readonly action?: 'create' | 'update' | 'delete' | undefined;
      readonly query?: Query | undefined;
      readonly check?: ((object: Kinds[Kind], oldObject: Kinds[Kind] | undefined) => boolean) | undefined;
    };

/** The end of a watcher: the store was closed, or the buffer exceeded its limit, which is given. */
export type ModelEnd = { readonly done: true } | { readonly overflow: number };

interface Waiting {
  readonly event: StoreEvent;
  /** The transaction that the event belongs to; one object for all of its events. */
  readonly commit: Commit;
}

/** The behaviour of a store's watcher: a filter of all commits, and a buffer whose events are counted one by one. */
export class ModelWatcher {
  readonly #selectors: readonly ModelSelector[] | undefined;
  readonly #limit: number;
  #waiting: Waiting[] = [];
  /** The transaction whose events were read last. */
  #begun: Commit | undefined;
  #end: ModelEnd | undefined;

  constructor(selectors: readonly ModelSelector[] | undefined, limit = 10_000) {
    this.#selectors = selectors === undefined || selectors.length === 0 ? undefined : selectors;
    this.#limit = limit;
    for (const selector of this.#selectors ?? []) {
      if ('kind' in selector && selector.query !== undefined) assertTaken(descriptionOf(selector.query), selector.kind);
    }
  }

  /** Set once the watcher has ended. The events that wait are still delivered. */
  get end(): ModelEnd | undefined {
    return this.#end;
  }

  /** Takes a commit of the store. */
  append(commit: Commit): void {
    if (this.#end !== undefined) return;
    const events: StoreEvent[] = commit.events.filter((event) => this.#selects(event));
    const wantsCommits = this.#selectors?.some((selector) => selector.action === 'commit') ?? true;
    if (wantsCommits) events.push({ action: 'commit' });
    if (events.length === 0) return;
    if (this.#waiting.length > 0 && this.#waiting.length + events.length > this.#limit)
      this.#end = { overflow: this.#limit };
    else this.#waiting.push(...events.map((event) => ({ event, commit })));
  }

  /** Ends the watcher, as the store does when it is closed. */
  close(): void {
    this.#end ??= { done: true };
  }

  /** The next event; undefined when none waits. */
  next(): StoreEvent | undefined {
    const first = this.#waiting.shift();
    this.#begun = first?.commit ?? this.#begun;
    return first?.event;
  }

  /** The next transaction, without the events of it that were read as single events; undefined when none waits. */
  nextCommit(): readonly ObjectEvent[] | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const events = this.#waiting.filter((waiting) => waiting.commit === first.commit).map((waiting) => waiting.event);
    const begun = this.#begun === first.commit;
    this.#waiting = this.#waiting.filter((waiting) => waiting.commit !== first.commit);
    const objects = events.filter((event) => event.action !== 'commit');
    return begun && objects.length === 0 ? this.nextCommit() : objects;
  }

  #selects(event: ObjectEvent): boolean {
    return this.#selectors?.some((selector) => selector.action !== 'commit' && selects(selector, event)) ?? true;
  }
}

function selects(selector: Exclude<ModelSelector, { readonly action: 'commit' }>, event: ObjectEvent): boolean {
  if (selector.kind !== event.kind || (selector.action !== undefined && selector.action !== event.action)) return false;
  const versions = event.oldObject === undefined ? [event.object] : [event.object, event.oldObject];
  const query = selector.query === undefined ? undefined : descriptionOf(selector.query);
  if (query !== undefined && !versions.some((object) => matchesObject(query, event.kind, object))) return false;
  return selector.check?.(event.object, event.oldObject) ?? true;
}
