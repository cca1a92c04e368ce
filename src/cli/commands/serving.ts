import { abortable } from '../../base/async/abortable.ts';
import type { Source } from '../sources/source.ts';
import { print } from '../terminal/terminal.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { open, warn } from './shared-options.ts';
import type { SourceOptions } from './shared-options.ts';

/** A server of a source that a command has started. */
export interface Served {
  /** Where it is: the line on standard output. */
  readonly address: string;
  /** A line on standard error before it. */
  readonly notice?: string | undefined;
  close(): Promise<void>;
}

/**
 * Opens the source that the words name, starts a server of it, writes the server's address, and waits for the end of
 * the command. Notices about the source go to standard error meanwhile. Closes the server, then the source. Rejects
 * with the reason of the terminal's signal, or with the error of a source or server that does not start.
 */
export async function serveSource(
  terminal: Terminal,
  words: readonly string[],
  options: SourceOptions,
  start: (source: Source) => Promise<Served>,
): Promise<never> {
  const source = await open(terminal, words, options);
  const silence = source.onNotice?.((text) => warn(terminal, text));
  try {
    const served = await start(source);
    try {
      if (served.notice !== undefined) warn(terminal, served.notice);
      await print(terminal, terminal.stdout, `${served.address}\n`);
      return await abortable(new Promise<never>(() => undefined), terminal.signal);
    } finally {
      await served.close();
    }
  } finally {
    silence?.();
    await source.close();
  }
}
