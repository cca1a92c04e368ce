import type { Terminal } from '../terminal/terminal.ts';

/** Waits until the command is to end. Rejects with the reason of the terminal's signal. */
export function aborted({ signal }: Terminal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
