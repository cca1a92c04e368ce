import { useEffect, useRef } from 'preact/hooks';
import { taskState, tones } from '../../objects/states.ts';
import type { NodeLine } from '../../overview/overview.ts';
import { colour } from '../model/theme.ts';

const SIDE = 9;
const GAP = 2;

/** The tasks of a node as squares, coloured by state, the urgent ones first. */
export function NodeMap({ line, palette }: { readonly line: NodeLine; readonly palette: number }) {
  const element = useRef<HTMLCanvasElement>(null);
  const drawn = useRef('');
  const { counts } = line;
  const text = tones.map((tone) => counts[tone]).join();
  useEffect(() => {
    const canvas = element.current;
    if (canvas === null) return;
    const width = canvas.parentElement?.clientWidth ?? 0;
    const key = `${text} ${width} ${palette}`;
    // Most refreshes change few nodes.
    if (drawn.current === key) return;
    drawn.current = key;
    draw(canvas, line, width);
  });
  return (
    <div class="map">
      <canvas ref={element} role="img" aria-label={`Tasks: ${countsText(line)}`} />
    </div>
  );
}

/** `2 failed, 95 running`. */
export function countsText({ tasks }: NodeLine): string {
  const counts = new Map<string, number>();
  for (const task of tasks) {
    const { text } = taskState(task);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts.size === 0 ? 'none' : [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

function draw(canvas: HTMLCanvasElement, { tasks, counts }: NodeLine, width: number): void {
  const columns = Math.max(Math.floor((width + GAP) / (SIDE + GAP)), 1);
  const height = Math.max(Math.ceil(tasks.length / columns), 1) * (SIDE + GAP) - GAP;
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  let position = 0;
  for (const tone of tones) {
    context.fillStyle = colour(tone);
    for (let count = counts[tone]; count > 0; count -= 1, position += 1) {
      context.fillRect((position % columns) * (SIDE + GAP), Math.floor(position / columns) * (SIDE + GAP), SIDE, SIDE);
    }
  }
}
