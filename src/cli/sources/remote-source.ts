import { readFileSync } from 'node:fs';
import { isRemoteError } from '../../errors/remote-error.ts';
import { followEvents } from '../../remote/events/follow-events.ts';
import type { RemoteStore } from '../../remote/feed/remote-store.ts';
import { CliError, ExitCode } from '../terminal/failure.ts';
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
  try {
    return sourceOfRemote(await followEvents(url, { signal, ...headers }));
  } catch (error) {
    if (!isRemoteError(error, 'ERR_REMOTE_NOT_PERMITTED')) throw error;
    const advice =
      tokenFile === undefined ? 'give its token with --token-file' : `is the token in ${tokenFile} its own?`;
    throw new CliError(ExitCode.SOURCE, `${url} refuses this client: ${advice} (${error.code})`, { cause: error });
  }
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
