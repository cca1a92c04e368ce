import type { Commit, CommitEvent, StoreEvent } from '../../model/events.ts';

/** One transaction as one watcher gets it. */
export interface Frame {
  /** The transaction, reduced to the events that the watcher selected. */
  readonly commit: Commit;
  /** The event that closes the transaction; undefined when the watcher did not select commits. */
  readonly commitEvent: CommitEvent | undefined;
}

/** How many events a frame delivers. */
export function frameSize(frame: Frame): number {
  return frame.commit.events.length + (frame.commitEvent === undefined ? 0 : 1);
}

/** The event at a position of a frame; undefined after the last event. */
export function eventAt(frame: Frame, position: number): StoreEvent | undefined {
  const { events } = frame.commit;
  if (position < events.length) return events[position];
  return position === events.length ? frame.commitEvent : undefined;
}

/**
 * The source that a watcher reads its frames from. A source counts the events that were read, and is bounded: a frame
 * that does not fit seals the source with an error. A frame always fits when all frames before it were read.
 */
export interface FrameSource {
  /** The next frame; undefined when no frame waits now. */
  take(): Frame | undefined;
  /** The number of events that wait to be read. */
  readonly lag: number;
  /** Counts this many events of the taken frames as read. */
  consumed(events: number): void;
  /** Set once no frame will follow the frames that wait; `error` is the reason, if any. */
  readonly sealed: { readonly error?: unknown } | undefined;
  /** Calls `wake` once, in a microtask after a frame came or the source was sealed. */
  listen(wake: () => void): void;
  /** Sets the function that is called once the source is sealed: in the same step, and only once. */
  whenSealed(callback: () => void): void;
  /** Drops all frames and ends the source. */
  close(): void;
}
