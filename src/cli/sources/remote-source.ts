import { readFileSync } from 'node:fs';
import { followEvents } from '../../remote/events/follow-events.ts';
import type { RemoteStore } from '../../remote/feed/remote-store.ts';
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
  return sourceOfRemote(await followEvents(url, { signal, ...headers }));
}

/** A followed store as a source. */
export function sourceOfRemote(remote: RemoteStore): Source {
  return {
    name: remote.target,
    store: remote.store,
    warnings: [],
    live: true,
    onNotice: (listener) =>
      remote.on('status', ({ status, reason }) => {
        // The command itself closes it.
        if (status !== 'closed')
          listener(`the server is ${status}${reason instanceof Error ? `: ${reason.message}` : ''}`);
      }),
    close: () => remote.close(),
  };
}
