import type { Tone } from '../../objects/states.ts';
import { shownLine } from '../../objects/shown-text.ts';

/** A state: its colour, and its name. */
export function Badge({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  return (
    <span class={`badge ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <bdi>{shownLine(text)}</bdi>
    </span>
  );
}
