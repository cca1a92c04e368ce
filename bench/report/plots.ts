import type { Results } from '../results.ts';
import { FigureSet, timeText } from './figures.ts';

const colours: Readonly<Record<string, string>> = {
  swarmstate: '#0b6e99',
  limit: '#8a8a8a',
  lokijs: '#b8860b',
  tinybase: '#7a4fa3',
  nedb: '#2e7d32',
  'better-sqlite3': '#b3422f',
};
const names = Object.keys(colours);

const growing = ['get', 'find, unchanged', 'find, changed', 'create', 'update', 'delete'];
const WIDTH = 300;
const HEIGHT = 210;

/** Time against the number of tasks, both on logarithmic axes: ours, and the limit. */
export function growthPlot(results: Results): string {
  const figures = new FigureSet(results);
  const panels = growing.map((figure, position) => {
    const series = ['limit', 'swarmstate'].map((contender) => ({
      contender,
      points: figures
        .sizes('tasks', contender)
        .map((size) => ({ size, time: figures.of('tasks', contender, size, figure) }))
        .filter(({ time }) => !Number.isNaN(time)),
    }));
    return panel(figure, series, (position % 3) * WIDTH, Math.floor(position / 3) * HEIGHT + 30);
  });
  return svg(3 * WIDTH, 2 * HEIGHT + 40, `${legend(['limit', 'swarmstate'])}${panels.join('')}`);
}

type Points = readonly { readonly size: number; readonly time: number }[];

function panel(
  title: string,
  series: readonly { readonly contender: string; readonly points: Points }[],
  left: number,
  top: number,
): string {
  const times = series.flatMap(({ points }) => points.map(({ time }) => time));
  const sizes = series.flatMap(({ points }) => points.map(({ size }) => size));
  if (times.length === 0) return '';
  const low = Math.floor(Math.log10(Math.min(...times)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...times))));
  const first = Math.log10(Math.min(...sizes));
  const last = Math.max(first + 1, Math.log10(Math.max(...sizes)));
  const x = (size: number): number => left + 60 + ((Math.log10(size) - first) / (last - first)) * (WIDTH - 85);
  const y = (time: number): number => top + HEIGHT - 35 - ((Math.log10(time) - low) / (high - low)) * (HEIGHT - 70);
  const grid = Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)).map(
    (time) =>
      `<line x1="${left + 60}" x2="${left + WIDTH - 25}" y1="${y(time).toFixed(1)}" y2="${y(time).toFixed(1)}" ` +
      `stroke="#ddd"/>` +
      text(left + 55, y(time) + 4, timeText(time).replace(/\.0+ /, ' '), 'end'),
  );
  const ticks = [...new Set(sizes)].map((size) =>
    text(x(size), top + HEIGHT - 18, size >= 1e6 ? `${size / 1e6}M` : `${size / 1000}k`, 'middle'),
  );
  const lines = series.map(({ contender, points }) => {
    const path = points.map(({ size, time }) => `${x(size).toFixed(1)},${y(time).toFixed(1)}`).join(' ');
    const dots = points.map(
      ({ size, time }) =>
        `<circle cx="${x(size).toFixed(1)}" cy="${y(time).toFixed(1)}" r="3" fill="${colours[contender] ?? '#000'}"/>`,
    );
    return (
      `<polyline points="${path}" fill="none" stroke="${colours[contender] ?? '#000'}" ` +
      `stroke-width="2"/>${dots.join('')}`
    );
  });
  return `${text(left + 60, top + 18, title, 'start', 'bold')}${grid.join('')}${ticks.join('')}${lines.join('')}`;
}

const compared = ['get', 'find, unchanged', 'find, changed', 'find all, per object', 'create', 'update', 'delete'];

/** Bars against the peers at one size, on a logarithmic axis. */
export function peerPlot(results: Results, size: number): string {
  const figures = new FigureSet(results);
  const bar = 14;
  const group = names.length * bar + 26;
  const times = compared
    .flatMap((figure) => names.map((name) => figures.of('tasks', name, size, figure)))
    .filter((time) => !Number.isNaN(time));
  const low = Math.floor(Math.log10(Math.min(...times)));
  const high = Math.ceil(Math.log10(Math.max(...times)));
  const width = (time: number): number => Math.max(2, ((Math.log10(time) - low) / (high - low)) * 520);
  const groups = compared.map((figure, position) => {
    const top = 40 + position * group;
    const bars = names.map((name, row) => {
      const time = figures.of('tasks', name, size, figure);
      if (Number.isNaN(time)) return '';
      const y = top + 8 + row * bar;
      return (
        `<rect x="160" y="${y}" width="${width(time).toFixed(1)}" height="${bar - 3}" ` +
        `fill="${colours[name] ?? '#000'}"/>${text(168 + width(time), y + 10, timeText(time), 'start')}`
      );
    });
    return `${text(150, top + group / 2, figure, 'end', 'bold')}${bars.join('')}`;
  });
  return svg(780, 50 + compared.length * group, `${legend(names)}${groups.join('')}`);
}

function legend(of: readonly string[]): string {
  return of
    .map(
      (name, position) =>
        `<rect x="${20 + position * 120}" y="10" width="12" height="12" ` +
        `fill="${colours[name] ?? '#000'}"/>${text(38 + position * 120, 20, name, 'start')}`,
    )
    .join('');
}

function text(x: number, y: number, content: string, anchor: string, weight = 'normal'): string {
  return (
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ` +
    `font-weight="${weight}">${content}</text>`
  );
}

function svg(width: number, height: number, content: string): string {
  const style = 'font-family="sans-serif" font-size="11" fill="#222"';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${style}><rect width="100%" ` +
    `height="100%" fill="#fff"/>${content}</svg>\n`
  );
}
