import type { Inspection } from '../model/inspection.ts';
import { dateAndTime, timeOfDay } from '../model/times.ts';

/** Goes back in the known past of the store. */
export function TimeBar({ inspection }: { readonly inspection: Inspection }) {
  const { timeline, position, earlier, began } = inspection;
  // The steps change with each refresh.
  const steps = inspection.tick.value >= 0 ? timeline.steps : [];
  const at = position.value;
  const shown = steps[(at ?? steps.length) - 1];
  const reading = earlier.value === 'reading';
  const text =
    at === undefined
      ? 'Now'
      : shown === undefined
        ? `before ${timeOfDay(steps[0]?.at ?? began)}`
        : `${dateAndTime(shown.at)}${shown.version === undefined ? '' : `, version ${String(shown.version.index)}`}`;
  return (
    <section class={at === undefined ? 'time' : 'time past'} aria-label="Time">
      <button
        type="button"
        disabled={earlier.value === 'none' || reading}
        title="Read commits from before this page was opened, where the store keeps them"
        onClick={() => void inspection.readEarlier()}
      >
        {reading ? 'Reading…' : earlier.value === 'none' ? 'No earlier' : 'Earlier'}
      </button>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={text}
        min={0}
        max={Math.max(steps.length, 1)}
        value={at ?? Math.max(steps.length, 1)}
        disabled={steps.length === 0}
        onInput={(event) => inspection.goTo(event.currentTarget.valueAsNumber)}
      />
      <span class="moment">{text}</span>
      <button type="button" class="live" disabled={at === undefined} onClick={() => inspection.goTo(undefined)}>
        Go to now
      </button>
    </section>
  );
}
