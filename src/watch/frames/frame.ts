import type { Commit, CommitEvent, StoreEvent } from '../../model/events.ts';

/** What one watcher gets of one transaction. */
export interface Frame {
  /** The transaction, with those of its events that the watcher selected. */
  readonly commit: Commit;
  /** The event that closes the transaction, unless the watcher does not want it. */
  readonly commitEvent: CommitEvent | undefined;
}

/** How many events a frame delivers. */
export function frameSize(frame: Frame): number {
  return frame.commit.events.length + (frame.commitEvent === undefined ? 0 : 1);
}

/** The event at a position of a frame, or undefined behind its last. */
export function eventAt(frame: Frame, position: number): StoreEvent | undefined {
  const { events } = frame.commit;
  if (position < events.length) return events[position];
  return position === events.length ? frame.commitEvent : undefined;
}

/**
 * Where a watcher reads its frames from. It counts what was read, and is bounded: when a frame comes that does not fit,
 * it seals itself with an error. A frame always fits when everything before it was read.
 */
export interface FrameSource {
  /** The next frame, or undefined when none is there now. */
  take(): Frame | undefined;
  /** How many events wait to be read. */
  readonly lag: number;
  /** Says that this many events of the frames taken were read. */
  consumed(events: number): void;
  /** Set once no frame will follow those that are there. */
  readonly sealed: { readonly error?: unknown } | undefined;
  /** Calls `wake` once, soon after a frame came or the source was sealed. */
  listen(wake: () => void): void;
  /** Drops everything; nothing comes any more. */
  close(): void;
}
