/**
 * `npm run engines` fetches the servers that the tests of swarmstate/kv run against into the folder .engines of the
 * checkout; nothing is installed. A server that is there already, or on the PATH, is not fetched again. The exit code
 * is 1 when one is missing in the end.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { engines, enginesFolder, fetchedProgram, programOnPath } from './engines.ts';
import type { Engine } from './engines.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = enginesFolder(root);

function run(program: string, args: readonly string[], cwd: string): string | undefined {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (error !== undefined) return `${program}: ${error.message}`;
  return status === 0 ? undefined : `${program} ${args.join(' ')}: ${stderr.trim()}`;
}

/** Returns the problem, if any. Files are unpacked aside and then moved: a half-fetched server is never found. */
function fetch({ name, packageName }: Engine): string | undefined {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  try {
    const first = run('apt-get', ['download', packageName], scratch);
    if (first !== undefined) {
      const problem = run('apt-get', ['update'], scratch) ?? run('apt-get', ['download', packageName], scratch);
      if (problem !== undefined) return problem;
    }
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

for (const engine of engines) {
  if (fetchedProgram(root, engine) !== undefined) console.log(`${engine.name}: in .engines already`);
  else if (programOnPath(engine) !== undefined) console.log(`${engine.name}: on the PATH`);
  else {
    const problem = fetch(engine);
    if (problem === undefined) console.log(`${engine.name}: fetched`);
    else {
      console.log(
        `${engine.name}: not fetched, its tests are left out. Put \`${engine.name}\` on the PATH to run them.\n  ${problem}`,
      );
      process.exitCode = 1;
    }
  }
}
