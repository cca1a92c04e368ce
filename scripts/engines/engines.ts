import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server that a backend is tested with. */
export interface Engine {
  readonly name: string;
  /** The Debian package that holds it. */
  readonly packageName: string;
  /** Its path inside the package. */
  readonly program: string;
  /** The suite of Debian that has the package, where the machine's own may not. */
  readonly suite?: string;
}

export const etcd: Engine = { name: 'etcd', packageName: 'etcd-server', program: 'usr/bin/etcd' };

export const consul: Engine = {
  name: 'consul',
  packageName: 'consul',
  program: 'usr/bin/consul',
  suite: 'bullseye',
};

export const engines: readonly Engine[] = [etcd, consul];

/** Where `npm run engines` puts servers. */
export function enginesFolder(root: string): string {
  return join(root, '.engines');
}

export function fetchedProgram(root: string, { name, program }: Engine): string | undefined {
  const path = join(enginesFolder(root), name, program);
  return existsSync(path) ? path : undefined;
}

export function programOnPath({ name }: Engine): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The server to use: that of `npm run engines`, else one on the PATH. */
export function findProgram(root: string, engine: Engine): string | undefined {
  return fetchedProgram(root, engine) ?? programOnPath(engine);
}

/** The hint for people who do not have the server. */
export function howToGet({ name }: Engine): string {
  return `${name} is not here: \`npm run engines\` fetches it, or put \`${name}\` on the PATH`;
}
