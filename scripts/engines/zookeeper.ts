import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { enginesFolder } from './engines.ts';

/** The Debian packages whose jars make a server. */
const packages = [
  'libzookeeper-java',
  'libnetty-java',
  'libslf4j-java',
  'liblog4j1.2-java',
  'libdropwizard-metrics-java',
  'libsnappy-java',
  'libsnappy-jni',
  'libjctools-java',
];

/** A server that can be started: a Java program on the PATH, and the jars. */
export interface ZookeeperProgram {
  readonly java: string;
  readonly classPath: string;
}

/** The folders that may hold the jars: that of `npm run engines`, then that of Debian's packages. */
function jarFolders(root: string): readonly string[] {
  return [join(enginesFolder(root), 'zookeeper/usr/share/java'), '/usr/share/java'];
}

export function findZookeeper(root: string): ZookeeperProgram | undefined {
  const java = javaOnPath();
  const folder = jarFolders(root).find((path) => existsSync(join(path, 'zookeeper.jar')));
  return java === undefined || folder === undefined ? undefined : { java, classPath: join(folder, '*') };
}

function javaOnPath(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .find((path) => existsSync(path));
}

/** The hint for people who do not have the server. */
export const howToGetZookeeper =
  'zookeeper is not here: `npm run engines` fetches its jars on Debian; put `java` of a JRE on the PATH';

/** Fetches the jars and returns the problem, if any. Nothing is installed. */
export function fetchZookeeper(root: string): string | undefined {
  if (javaOnPath() === undefined)
    return 'there is no `java` on the PATH; install a JRE, for example default-jre-headless';
  const folder = enginesFolder(root);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  const run = (program: string, args: readonly string[]): string | undefined => {
    const { status, error, stderr } = spawnSync(program, args, { cwd: scratch, encoding: 'utf8', timeout: 120_000 });
    if (error !== undefined) return `${program}: ${error.message}`;
    return status === 0 ? undefined : `${program} ${args.join(' ')}: ${stderr.trim()}`;
  };
  try {
    const download = ['download', ...packages];
    const problem =
      run('apt-get', download) === undefined ? undefined : (run('apt-get', ['update']) ?? run('apt-get', download));
    if (problem !== undefined) return problem;
    for (const archive of readdirSync(scratch).filter((file) => file.endsWith('.deb'))) {
      const unpacked = run('dpkg', ['-x', archive, 'zookeeper']);
      if (unpacked !== undefined) return unpacked;
    }
    rmSync(join(folder, 'zookeeper'), { recursive: true, force: true });
    renameSync(join(scratch, 'zookeeper'), join(folder, 'zookeeper'));
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
