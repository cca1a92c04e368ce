import type { Span } from './screen.ts';

/** The screen at a moment. */
export interface Frame {
  /** Seconds for which it is shown. */
  readonly seconds: number;
  readonly lines: readonly (readonly Span[])[];
}

const CHARACTER = 7.25;
const LINE = 16;
const MARGIN = 14;

// Of a window of its own: it looks the same on a light page and on a dark one.
const background = '#0d1117';
const foreground = '#d1d7e0';
const colours: ReadonlyMap<number, string> = new Map([
  [2, '#8b949e'],
  [31, '#ff7b72'],
  [32, '#56d364'],
  [33, '#e3b341'],
  [36, '#56d4dd'],
]);

/**
 * An animated SVG of the frames. They are below each other, and the picture shows one at a time. A viewer that does
 * not animate, or is told not to, shows the last frame.
 */
export function picture(frames: readonly Frame[], columns: number, rows: number): string {
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = rows * LINE + 2 * MARGIN;
  const shift = (position: number): string => `transform:translateY(${String(-position * height)}px)`;
  const total = frames.reduce((sum, { seconds }) => sum + seconds, 0);
  let passed = 0;
  const steps = frames.map(({ seconds }, position) => {
    const step = `${((passed / total) * 100).toFixed(2)}%{${shift(position)}}`;
    passed += seconds;
    return step;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}">`,
    '<style>',
    `text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans ` +
      `Mono",monospace;fill:${foreground};white-space:pre}`,
    ...[...colours].map(([code, colour]) => `.c${String(code)}{fill:${colour}}`),
    '.c1{font-weight:bold}',
    `.frames{${shift(frames.length - 1)};animation:play ${total.toFixed(1)}s step-end infinite}`,
    `@keyframes play{${steps.join('')}}`,
    '@media (prefers-reduced-motion:reduce){.frames{animation:none}}',
    '</style>',
    `<rect width="100%" height="100%" rx="8" fill="${background}" stroke="#444c56"/>`,
    '<g class="frames">',
    ...frames.map(({ lines }, position) => `<g>${drawn(lines, position * height + MARGIN)}</g>`),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawn(lines: Frame['lines'], top: number): string {
  return lines
    .map((line, row) => {
      const y = String(top + (row + 0.8) * LINE);
      return line.map((span) => text(span, y)).join('');
    })
    .join('\n');
}

function text({ column, text: content, codes }: Span, y: string): string {
  const look = codes.length === 0 ? '' : ` class="${codes.map((code) => `c${String(code)}`).join(' ')}"`;
  // A fixed length, because marks such as ● are wider in some fonts than letters.
  const length = (content.length * CHARACTER).toFixed(1);
  const x = (MARGIN + column * CHARACTER).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}"${look}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
