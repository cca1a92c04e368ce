import type { StoreEvent } from '../model/events.ts';

/** A short text of an event: `update task t1`, `commit 7`. */
function eventText(event: StoreEvent): string {
  if (event.action === 'commit') {
    return [
      'commit',
      ...(event.version === undefined ? [] : [String(event.version.index)]),
      ...(event.reset === true ? ['reset'] : []),
    ].join(' ');
  }
  return `${event.action} ${event.kind} ${event.object.id}`;
}

/** The error of a check, with the events around the wrong one. */
export function eventFault(events: readonly StoreEvent[], position: number, problem: string): Error {
  const first = Math.max(0, position - 4);
  const lines = events.slice(first, position + 4).map((event, n) => {
    const at = first + n;
    return `${at === position ? '>' : ' '} ${String(at).padStart(5)}  ${eventText(event)}`;
  });
  if (position >= events.length) lines.push(`> ${String(events.length).padStart(5)}  (end)`);
  return new Error([`event ${position}: ${problem}`, ...lines].join('\n'));
}
