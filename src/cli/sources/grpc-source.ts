import { followRemote } from '../../remote/follow/follow-remote.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { sourceOfRemote } from './remote-source.ts';
import type { OpenOptions, Source } from './source.ts';

/** Follows a store that `serveSwarm`, or `swarmstate serve --grpc`, serves. */
export async function openServed(
  { signal }: Terminal,
  target: string,
  { ca, cert, key }: Pick<OpenOptions, 'ca' | 'cert' | 'key'>,
): Promise<Source> {
  return sourceOfRemote(await followRemote(target, { signal, ca, cert, key }));
}
