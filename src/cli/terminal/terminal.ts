import type { Readable, Writable } from 'node:stream';

/** A stream that people may look at. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The surroundings of one run of the command. A test gives its own. */
export interface Terminal {
  /** The arguments behind the name of the command. */
  readonly args: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** The answer. */
  readonly stdout: Screen;
  /** Warnings, progress and errors. */
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborts when the command is to end: at Ctrl-C, or when nobody reads the answer any more. */
  readonly signal: AbortSignal;
}

/** The reason of the signal when the reader of standard output has gone, as `head` does. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** Writes to a stream, and waits until it takes more. Rejects with the signal's reason. */
export async function print({ signal }: Terminal, stream: Screen, text: string | Uint8Array): Promise<void> {
  signal.throwIfAborted();
  if (text.length === 0 || stream.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      signal.removeEventListener('abort', settle);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    stream.once('drain', settle).once('close', settle);
    signal.addEventListener('abort', settle);
  });
}

/** True where colours are wanted: on a terminal, unless `NO_COLOR` is set or the terminal has none. */
export function hasColors({ env }: Terminal, stream: Screen): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
