import type { ObjectEvent } from '../model/events.ts';
import { Subscription } from './dispatch.ts';
import { SelectedFrames } from './frames/selected-frames.ts';
import type { Selection } from './selector.ts';

/**
 * The selectors of one watcher and the frames that they selected. One object, because publishing to one of many
 * watchers loads all of its parts from memory.
 */
export class SelectiveWatcher extends SelectedFrames {
  /** True when the watcher also gets the event that closes each transaction. */
  readonly commits: boolean;
  /**
   * The number of commits published before the watcher was added. A commit that is being published then is among them,
   * and the watcher does not get it.
   */
  readonly since: number;
  readonly subscriptions: readonly Subscription<SelectiveWatcher>[];
  /** The number of events that the watcher selected from the commit that is being published. */
  #selected = 0;
  /** The position after the last of these events. */
  #end = 0;
  /** These events, once there is an event that was not selected. Most watchers select all events, and need no list. */
  #some: ObjectEvent[] | undefined;

  constructor(limit: number, selection: Selection, since: number) {
    super(limit);
    this.commits = selection.commits;
    this.since = since;
    this.subscriptions = selection.objects.map((selector) => new Subscription<SelectiveWatcher>(this, selector));
  }

  /** True when no event of the commit that is being published was selected. */
  get selectedNone(): boolean {
    return this.#selected === 0;
  }

  /** True when the event at this position of the commit that is being published was selected. */
  hasSelected(position: number): boolean {
    return this.#end > position;
  }

  /** Selects the event at a position, after those selected before. True for the first event of the commit. */
  select(events: readonly ObjectEvent[], position: number): boolean {
    if (position > this.#selected)
      (this.#some ??= events.slice(0, this.#selected)).push(events[position] as ObjectEvent);
    this.#end = position + 1;
    return this.#selected++ === 0;
  }

  /** Ends the selection from a commit. Returns the selected events, or undefined when all events were selected. */
  takeSelected(events: readonly ObjectEvent[]): readonly ObjectEvent[] | undefined {
    const selected = this.#selected;
    const some = this.#some;
    this.#selected = this.#end = 0;
    if (some !== undefined) this.#some = undefined;
    return selected === events.length ? undefined : Object.freeze(some ?? events.slice(0, selected));
  }
}
