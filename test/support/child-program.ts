import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a program in a process of its own, in the checkout. `maxFileKb` limits the size of the files that the process
 * writes: a file that grows further fails as on a full disk.
 */
export async function runProgram(source: string, maxFileKb?: number): Promise<Ended> {
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', source];
  const command = maxFileKb === undefined ? node : ['bash', '-c', `ulimit -f ${maxFileKb}; exec "$0" "$@"`, ...node];
  const child = spawn(command[0]!, command.slice(1), {
    cwd: process.env['PROGRAMS_IN'] ?? join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code, signal], output, errors] = await Promise.all([
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, output, errors };
}
