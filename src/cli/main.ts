#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runProgram } from './program.ts';
import { ExitCode } from './terminal/failure.ts';
import { BrokenPipe } from './terminal/terminal.ts';

const ending = new AbortController();
const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
let ended: keyof typeof exits | undefined;

for (const name of Object.keys(exits) as (keyof typeof exits)[]) {
  process.on(name, () => {
    // A second Ctrl-C does not wait for an end in order.
    if (ended !== undefined) process.exit(exits[name]);
    ended = name;
    ending.abort(new Error(`ended by ${name}`));
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  ending.abort(new BrokenPipe('nobody reads standard output any more'));
});
process.stderr.on('error', () => ending.abort(new BrokenPipe('nobody reads standard error any more')));

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { readonly version: string };
const code = await runProgram(
  {
    args: process.argv.slice(2),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: Date.now,
    signal: ending.signal,
  },
  version,
);
if (code === ExitCode.INTERRUPTED && ended !== undefined) {
  // The shell learns that a signal ended the command: a script stops, too.
  process.removeAllListeners(ended);
  process.kill(process.pid, ended);
} else process.exitCode = code;
