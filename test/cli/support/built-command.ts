import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../package/run-program.ts';

const root = join(__dirname, '../../..');

/** The command as it is published, in a folder of its own, with the packages that npm installs beside it. */
export class BuiltCommand {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'swarmstate-command-'));
  readonly main: string = join(this.folder, 'dist/cli/main.js');

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), readFileSync(join(root, 'package.json')));
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    const { dependencies } = JSON.parse(manifest) as { readonly dependencies: Readonly<Record<string, string>> };
    mkdirSync(join(this.folder, 'node_modules'));
    for (const name of Object.keys(dependencies))
      symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name), 'junction');
    runProgram(`
      const { buildCommand } = await import('./scripts/build/command.ts');
      await buildCommand(${JSON.stringify(join(this.folder, 'dist'))});
    `);
  }

  /** Starts the command. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [this.main, ...args], { env: { PATH: process.env['PATH'] } });
  }

  /** Runs a line of bash in which `swarmstate` is the command. */
  bash(line: string): { readonly code: number | null; readonly output: string; readonly errors: string } {
    const script = `swarmstate() { "${process.execPath}" "${this.main}" "$@"; }\n${line}`;
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env['PATH'] },
    });
    return { code: status, output: stdout, errors: stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
