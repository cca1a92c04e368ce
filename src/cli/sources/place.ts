import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { CliError, ExitCode, usage } from '../terminal/failure.ts';

/** A source as its text names it. */
export type Place =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  /** Without a target: the manager on this machine. */
  | { readonly kind: 'swarm'; readonly target: string | undefined }
  | { readonly kind: 'log'; readonly address: string }
  | { readonly kind: 'remote'; readonly url: string }
  | { readonly kind: 'grpc'; readonly target: string };

/** The forms of a source, for the help and for errors. */
export const sourceForms: readonly (readonly [form: string, about: string])[] = [
  ['FILE', 'a snapshot file: of this package or of swarmkit, as bytes, JSON or YAML'],
  ['-', 'the same on standard input'],
  ['/var/lib/docker/swarm', 'the state folder of a Docker Swarm manager, or a copy; several folders of one swarm'],
  ['unix:///run/docker/swarm/control.sock', 'a running manager on this machine'],
  ['HOST:2377', 'a running manager elsewhere; needs --cert and --key'],
  ['lmdb:./data', 'a replicated store on this machine'],
  ['etcd://HOST:2379/PREFIX', 'a replicated store on etcd; etcds:// encrypts'],
  ['consul://HOST:8500/PREFIX', 'a replicated store on Consul'],
  ['zookeeper://HOST:2181/PREFIX', 'a replicated store on ZooKeeper'],
  ['https://HOST:PORT/events', 'a store that swarmstate serve, or serveEvents, serves'],
  ['grpc://HOST:PORT', 'a store that swarmstate serve --grpc, or serveSwarm, serves; grpc:///run/store.sock, too'],
];

/**
 * The place that a text names. A scheme makes it an address. A file or a folder is known by being there. The rest is
 * the address of a manager. Throws an error that says what a source can be.
 */
export function placeOf(text: string | undefined): Place {
  if (text === undefined) return { kind: 'swarm', target: undefined };
  if (text === '-') return { kind: 'stdin' };
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d+$)/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'unix' || scheme === 'tcp') return { kind: 'swarm', target: text };
  if (scheme === 'http' || scheme === 'https') return { kind: 'remote', url: text };
  if (scheme === 'grpc')
    return { kind: 'grpc', target: text.replace(/^grpc:\/\/(?=\/)/i, 'unix://').replace(/^grpc:\/\//i, '') };
  if (scheme === 'lmdb' || scheme === 'memory' || /^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return { kind: 'log', address: text };
  const stats = statOf(text);
  if (stats?.isDirectory() === true) {
    if (statOf(join(text, 'data.mdb')) === undefined) return { kind: 'folder', path: text };
    throw usage(`${text} is a folder of lmdb; write lmdb:${text}`);
  }
  if (stats?.isSocket() === true) return { kind: 'swarm', target: `unix://${text}` };
  if (stats !== undefined) return { kind: 'file', path: text };
  if (/^(?:\[[0-9a-f:.%]+\]|[^:/\s]+):\d+$/i.test(text)) return { kind: 'swarm', target: text };
  const width = Math.max(...sourceForms.map(([form]) => form.length));
  const forms = sourceForms.map(([form, about]) => `  ${form.padEnd(width)}  ${about}`);
  throw new CliError(
    ExitCode.SOURCE,
    [`there is no file or folder '${text}', and it is no address; a source is`, ...forms].join('\n'),
  );
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
