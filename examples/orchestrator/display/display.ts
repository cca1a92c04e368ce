import { all } from 'swarmstate';
import type { MemoryStore } from 'swarmstate';
import { legend, statusLine, statusTable } from './status.ts';
import { clip, flow, wrap } from './style.ts';
import type { Style } from './style.ts';

/** The display of a run. */
export interface Display {
  /** Adds a line to the list of events. */
  tell(line: string): void;
  /** Ends the drawing; later output appears below it. */
  close(): void;
}

/** The part of a stream that displays use. */
export interface Output {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** Options of a display. */
export interface DisplayOptions {
  readonly output: Output;
  readonly style: Style;
  /** The cluster's time, which each line begins with. */
  readonly time: () => string;
  /** A line below the table. */
  readonly footer: () => string;
  /** The keys that the program listens to, each with its meaning. */
  readonly keys?: readonly string[] | undefined;
  /** The id of the service that the keys act on. */
  readonly chosen?: (() => string | undefined) | undefined;
}

/** The milliseconds between two drawings: faster than eyes can follow. */
const redrawEvery = 80;

/** The columns of a time and the gap behind it, which the lines of a long event leave free. */
const timeWidth = 7;

/** A table that is redrawn in the same place; the events scroll above it. */
export function liveDisplay(store: MemoryStore, options: DisplayOptions): Display {
  const { output, style, time, footer, keys = [] } = options;
  let drawn = 0;
  let events: { readonly time: string; readonly line: string }[] = [];
  const tableOf = (width: number, height: number): readonly string[] => {
    const below = [
      ...legend(style, width),
      ...wrap(footer(), width).map(style.dim),
      ...flow(keys, '  ', width).map(style.dim),
    ];
    const chosen = options.chosen?.();
    const draw = (services?: number): readonly string[] => [
      '',
      ...store.view((tx) => statusTable(tx, style, { width, services, chosen })),
      '',
      ...below,
    ];
    const whole = draw();
    if (whole.length <= height) return whole;
    // Services are left out until the rest fits: the lines about them, and one that counts them.
    const services = store.view((tx) => tx.services.count(all));
    return draw(Math.max(1, services - (whole.length - height) - 1));
  };
  const draw = (): void => {
    const width = (output.columns ?? 80) - 1;
    // A table that does not fit on the screen would scroll, and could not be overwritten.
    const height = Math.max(1, (output.rows ?? 24) - 2);
    const table = tableOf(width, height)
      .slice(0, height)
      .map((line) => clip(line, width));
    const told = events.flatMap((event) =>
      wrap(event.line, width - timeWidth).map((line, index) => {
        const start = index === 0 ? style.dim(event.time.padEnd(timeWidth)) : ' '.repeat(timeWidth);
        return start + (event.line.startsWith('>') ? style.bold(line) : line);
      }),
    );
    const back = drawn > 0 ? `\u001B[${drawn}A\r\u001B[J` : '';
    output.write(`${back}${[...told, ...table].join('\n')}\n`);
    events = [];
    drawn = table.length;
  };
  // The cursor is hidden, because it would flicker across the table. It is shown again at the end of the program,
  // whatever ends it.
  const showCursor = (): void => void output.write('\u001B[?25h');
  process.once('exit', showCursor);
  output.write('\u001B[?25l');
  const timer = setInterval(draw, redrawEvery);
  return {
    tell: (line) => events.push({ time: time(), line }),
    close() {
      clearInterval(timer);
      draw();
      process.off('exit', showCursor);
      showCursor();
    },
  };
}

/** The milliseconds between two lines of status in plain output. */
const statusEvery = 1000;

/** Plain lines for a file, a pipe or a log: each event, and the status from time to time. */
export function plainDisplay(store: MemoryStore, { output, time }: DisplayOptions): Display {
  let last = '';
  const status = (): void => {
    const line = store.view(statusLine);
    // An unchanged status is not repeated.
    if (line !== last) output.write(`${time()}  ${line}\n`);
    last = line;
  };
  const timer = setInterval(status, statusEvery);
  return {
    tell: (line) => output.write(`${time()}  ${line}\n`),
    close() {
      clearInterval(timer);
      status();
    },
  };
}
