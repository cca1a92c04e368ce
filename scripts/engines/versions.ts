import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { consul, etcd, findProgram } from './engines.ts';
import { findZookeeper } from './zookeeper.ts';

export type ServerName = 'etcd' | 'consul' | 'zookeeper';

/**
 * The versions that the tests run on. The table of docs/kv/README.md has them (`npm run check -- engines --write`). In
 * continuous integration a test fails where a server has another version.
 */
export const testedVersions: Readonly<Record<ServerName, string>> = {
  etcd: '3.4.23',
  consul: '1.8.7',
  zookeeper: '3.8.0',
};

/** The version of the server that the tests find here. Undefined where there is none. `root` is the checkout. */
function versionHere(root: string, name: ServerName): string | undefined {
  if (name === 'zookeeper') {
    const classPath = findZookeeper(root)?.classPath;
    if (classPath === undefined) return undefined;
    return match(readdirSync(dirname(classPath)).join('\n'), /^zookeeper-(\d[\d.]*)\.jar$/m);
  }
  const program = findProgram(root, name === 'etcd' ? etcd : consul);
  if (program === undefined) return undefined;
  // Debian's etcd runs on arm64 when told to.
  const env = { ...process.env, ...(process.arch === 'x64' ? {} : { ETCD_UNSUPPORTED_ARCH: process.arch }) };
  const { stdout } = spawnSync(program, [name === 'etcd' ? '--version' : 'version'], { encoding: 'utf8', env });
  return match(stdout, name === 'etcd' ? /^etcd Version: (\S+)/m : /^Consul v(\d[\d.]*)/m);
}

/** The servers here that have another version than the tested one, as lines for people. */
export function otherVersions(root: string): readonly string[] {
  return (['etcd', 'consul', 'zookeeper'] as const).flatMap((name) => {
    const version = versionHere(root, name);
    if (version === undefined || version === testedVersions[name]) return [];
    return [`${name}: version ${version} is here, and scripts/engines/versions.ts has ${testedVersions[name]}`];
  });
}

function match(text: string, expression: RegExp): string | undefined {
  return expression.exec(text)?.[1];
}
