/**
 * Three machines, each a process of its own, register in one store; the first process follows the list of machines. One
 * machine leaves in order, one is killed, and the list shows both: `npx tsx examples/discovery/main.ts [etcd ENDPOINT…
 * | lmdb FOLDER]`.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStore, discover } from 'swarmstate/kv';

const [backend = 'lmdb', ...given] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'discovery-'));
const endpoints = given.length > 0 ? given : [scratch];
const machine = fileURLToPath(new URL('machine.ts', import.meta.url));

function start(name: string): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, machine, name, backend, ...endpoints], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

const kv = await createStore(backend, endpoints);
const machines = ['anna', 'bert', 'carl'].map((name) => ({ name, process: start(name) }));
const [anna, bert, carl] = machines;

/** The expected lists, and the action after each. */
const steps: readonly (readonly [string, () => void])[] = [
  ['anna bert carl', () => bert?.process.kill('SIGKILL')],
  ['anna carl', () => carl?.process.stdin?.end()],
  ['anna', () => anna?.process.stdin?.end()],
  ['', () => undefined],
];

try {
  let step = 0;
  const exits = machines.map((member) => once(member.process, 'exit'));
  for await (const pairs of discover(kv, 'machines', { signal: AbortSignal.timeout(30_000) })) {
    const names = pairs.map(({ key }) => key.slice('machines/'.length)).join(' ');
    console.log(names === '' ? 'nobody is there' : `there: ${names}`);
    if (steps[step]?.[0] !== names) continue;
    steps[step]?.[1]();
    if (++step === steps.length) break;
  }
  await Promise.all(exits);
} finally {
  for (const member of machines) member.process.kill('SIGKILL');
  await kv.close();
  rmSync(scratch, { recursive: true, force: true });
}
