/**
 * `npm run engines` fetches the servers that the tests of swarmstate/kv run against into the folder .engines of the
 * checkout. Root on Debian gets Chromium installed, for the tests in a browser, and strace, for those of system calls.
 * A program that is there already, or on the PATH, is left as it is. The exit code is 1 when one is missing in the end.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CHROMIUM_PACKAGE, findChromium, howToGetChromium } from './chromium.ts';
import { findDocker, whyNoDaemon } from './docker.ts';
import { fetchDocker } from './docker-fetch.ts';
import { downloadFrom } from './other-suites.ts';
import { engines, enginesFolder, fetchedProgram, programOnPath } from './engines.ts';
import { otherVersions } from './versions.ts';
import { fetchZookeeper, findZookeeper } from './zookeeper.ts';
import type { Engine } from './engines.ts';
import { canTrace, howToGetStrace, STRACE_PACKAGE } from './strace.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = enginesFolder(root);
// Nobody is there to answer questions.
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

function run(program: string, args: readonly string[], cwd: string): string | undefined {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 120_000, env });
  if (error !== undefined) return `${program}: ${error.message}`;
  return status === 0 ? undefined : `${program} ${args.join(' ')}: ${stderr.trim()}`;
}

/** Downloads the package of a server into a folder. Returns the problem, if any. */
function download({ packageName, suite }: Engine, scratch: string): string | undefined {
  if (suite !== undefined) return downloadFrom([suite], [packageName], scratch);
  if (run('apt-get', ['download', packageName], scratch) === undefined) return undefined;
  return run('apt-get', ['update'], scratch) ?? run('apt-get', ['download', packageName], scratch);
}

/** Returns the problem, if any. Files are unpacked aside and then moved: a half-fetched server is never found. */
function fetch(engine: Engine): string | undefined {
  const { name, packageName } = engine;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  try {
    const missing = download(engine, scratch);
    if (missing !== undefined) return missing;
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    if (archive === undefined) return `apt-get download ${packageName} left no file`;
    const problem = run('dpkg', ['-x', archive, join(scratch, name)], scratch);
    if (problem !== undefined) return problem;
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(join(scratch, name), join(folder, name));
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Returns the problem, if any. Sources of packages are those that the machine has. */
function installPackage(name: string): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can install it';
  // The programs themselves work without the packages that they recommend.
  const install = ['install', '-y', '--no-install-recommends', name];
  const cwd = process.cwd();
  if (run('apt-get', install, cwd) === undefined) return undefined;
  return run('apt-get', ['update'], cwd) ?? run('apt-get', install, cwd);
}

for (const engine of engines) {
  if (fetchedProgram(root, engine) !== undefined) console.log(`${engine.name}: in .engines already`);
  else if (programOnPath(engine) !== undefined) console.log(`${engine.name}: on the PATH`);
  else {
    const problem = fetch(engine);
    if (problem === undefined) console.log(`${engine.name}: fetched`);
    else {
      console.log(
        `${engine.name}: not fetched, its tests are left out. Put \`${engine.name}\` on the PATH to run them.\n  ` +
          problem,
      );
      // A package of an older suite may vanish for good.
      if (engine.suite === undefined) process.exitCode = 1;
    }
  }
}

if (findZookeeper(root) !== undefined) console.log('zookeeper: installed, or in .engines already');
else {
  const problem = fetchZookeeper(root);
  console.log(`zookeeper: ${problem === undefined ? 'fetched' : `not fetched, its tests are left out\n  ${problem}`}`);
  if (problem !== undefined) process.exitCode = 1;
}

for (const line of otherVersions(root)) console.log(line);

const noDaemon = whyNoDaemon();
if (findDocker(root) !== undefined) console.log('docker: on the PATH, or in .engines already');
else if (noDaemon !== undefined) console.log(`docker: not needed, its tests are left out: ${noDaemon}`);
else {
  const problem = fetchDocker(folder);
  console.log(`docker: ${problem === undefined ? 'fetched' : `not fetched, its tests are left out\n  ${problem}`}`);
  if (problem !== undefined) process.exitCode = 1;
}

if (findChromium() !== undefined) console.log('chromium: on the PATH');
else {
  const problem = installPackage(CHROMIUM_PACKAGE);
  if (problem === undefined && findChromium() !== undefined) console.log('chromium: installed');
  else {
    console.log(`chromium: not installed, its tests are left out. ${howToGetChromium}\n  ${problem ?? ''}`);
    process.exitCode = 1;
  }
}

if (canTrace()) console.log('strace: on the PATH');
else {
  const problem = installPackage(STRACE_PACKAGE);
  if (problem === undefined && canTrace()) console.log('strace: installed');
  else {
    console.log(`strace: not installed, its tests are left out. ${howToGetStrace}\n  ${problem ?? ''}`);
    process.exitCode = 1;
  }
}
