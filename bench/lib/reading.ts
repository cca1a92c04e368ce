import type { Watcher } from 'swarmstate';

/** Uses what was read: nothing else is done with it. */
export function read(_read: object): void {
  return;
}

/** Reads every commit that a watcher gets. */
export async function readAll(watcher: Watcher): Promise<void> {
  for await (const commit of watcher.commits()) read(commit);
}
