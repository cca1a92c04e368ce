import type { Terminal } from '../terminal/terminal.ts';
import { usage } from '../terminal/failure.ts';
import { placeOf } from './place.ts';
import type { Place } from './place.ts';
import type { OpenOptions, Source } from './source.ts';

/**
 * Opens the source that the texts name: one, or several folders of one swarm. Without a text, the manager on this
 * machine. The code for a kind of source, and its client, are loaded here and not before.
 */
export async function openSource(terminal: Terminal, texts: readonly string[], options: OpenOptions): Promise<Source> {
  const places = texts.length === 0 ? [placeOf(undefined)] : texts.map(placeOf);
  const [place, ...others] = places as [Place, ...Place[]];
  if (place.kind === 'folder' && others.every((other) => other.kind === 'folder')) {
    const { openFolder } = await import('./folder-source.ts');
    return openFolder(terminal, texts, options);
  }
  if (others.length > 0) throw usage(`give one source, or several folders of one swarm, not ${texts.join(' ')}`);
  const name = texts[0] ?? 'the manager on this machine';
  switch (place.kind) {
    case 'stdin':
    case 'file':
    case 'folder': {
      const { openSnapshot } = await import('./snapshot-source.ts');
      return openSnapshot(terminal, name, place.kind === 'stdin' ? undefined : place.path);
    }
    case 'log': {
      const { openLogSource } = await import('./log-source.ts');
      return openLogSource(terminal, place.address, options);
    }
    case 'swarm': {
      const { openSwarm } = await import('./swarm-source.ts');
      return openSwarm(terminal, name, place.target, options);
    }
    case 'remote': {
      const { openRemote } = await import('./remote-source.ts');
      return openRemote(terminal, place.url, options);
    }
    case 'grpc': {
      const { openServed } = await import('./grpc-source.ts');
      return openServed(terminal, place.target, options);
    }
  }
}
