import type { MemoryStore } from 'swarmstate';
import { statusLine, statusTable } from './status.ts';
import { clip } from './style.ts';
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
}

/** The milliseconds between two drawings: faster than eyes can follow. */
const redrawEvery = 80;

/** A table that is redrawn in the same place; the events scroll above it. */
export function liveDisplay(store: MemoryStore, { output, style, time, footer }: DisplayOptions): Display {
  let drawn = 0;
  let lines: string[] = [];
  const draw = (): void => {
    const width = (output.columns ?? 80) - 1;
    // A table that does not fit on the screen would scroll, and could not be overwritten.
    const height = Math.max(1, (output.rows ?? 24) - 2);
    const table = ['', ...store.view((tx) => statusTable(tx, style)), style.dim(footer())]
      .slice(0, height)
      .map((line) => clip(line, width));
    const back = drawn > 0 ? `\u001B[${drawn}A\r\u001B[J` : '';
    output.write(`${back}${[...lines.map((line) => clip(line, width)), ...table].join('\n')}\n`);
    lines = [];
    drawn = table.length;
  };
  // The cursor is hidden, because it would flicker across the table. It is shown again at the end of the program,
  // whatever ends it.
  const showCursor = (): void => void output.write('\u001B[?25h');
  process.once('exit', showCursor);
  output.write('\u001B[?25l');
  const timer = setInterval(draw, redrawEvery);
  return {
    tell: (line) => lines.push(`${style.dim(time())}  ${line.startsWith('>') ? style.bold(line) : line}`),
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
