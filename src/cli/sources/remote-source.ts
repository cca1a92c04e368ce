import { readFileSync } from 'node:fs';
import { followEvents } from '../../remote/events/follow-events.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { OpenOptions, Source } from './source.ts';

/** Follows a store that `serveEvents`, or `swarmstate serve`, serves over HTTP. */
export async function openRemote(
  { signal }: Terminal,
  url: string,
  { tokenFile }: Pick<OpenOptions, 'tokenFile'>,
): Promise<Source> {
  const headers =
    tokenFile === undefined ? {} : { headers: { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` } };
  const remote = await followEvents(url, { signal, ...headers });
  return {
    name: remote.target,
    store: remote.store,
    warnings: [],
    live: true,
    onNotice: (listener) =>
      remote.on('status', ({ status, reason }) =>
        listener(`the server is ${status}${reason instanceof Error ? `: ${reason.message}` : ''}`),
      ),
    close: () => remote.close(),
  };
}
