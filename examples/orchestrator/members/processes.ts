import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { moment } from './leading.ts';
import type { RunningLoops } from './leading.ts';

/** The settings of one process. */
export interface MemberSettings {
  readonly address: string;
  readonly name: string;
  /** The time of the cluster at the time `origin` of the machine, in milliseconds since 1970. */
  readonly start: number;
  readonly origin: number;
  readonly speed: number;
}

/** The messages of such a process. */
export interface MemberNews {
  /** Whether it leads from now on. */
  readonly leads?: boolean;
  readonly error?: string;
}

/** A message to such a process. */
export interface MemberWish {
  readonly paused: boolean;
}

/** Options of the processes. */
export interface MembersOptions extends Omit<MemberSettings, 'name'> {
  readonly count: number;
  readonly tell: (line: string) => void;
  readonly onError: (error: string) => void;
}

/** A process that does not end when it is told to gets so much time, in milliseconds. */
const PATIENCE = 3000;

/** Starts processes that elect the one which runs the loops. */
export function startMembers({ count, tell, onError, ...settings }: MembersOptions): RunningLoops {
  const begun = moment();
  let stopping = false;
  const start = (number: number): ChildProcess => {
    const name = `member-${number}`;
    const child = fork(join(import.meta.dirname, 'member.ts'), [JSON.stringify({ ...settings, name })], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', ({ leads, error }: MemberNews) => {
      if (error !== undefined) onError(error);
      if (leads === true) {
        tell(`${name} leads and runs the loops (process ${child.pid})`);
        begun.resolve();
      }
      if (leads === false) tell(`${name} leads no more`);
    });
    child.on('exit', (code, signal) => {
      if (!stopping) tell(`${name} has ended (${signal ?? `code ${code}`})`);
    });
    return child;
  };
  const children = Array.from({ length: count }, (_, position) => start(position + 1));
  const alive = (): readonly ChildProcess[] =>
    children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  return {
    begun: begun.promise,
    pause(paused) {
      for (const child of alive()) if (child.connected) child.send({ paused } satisfies MemberWish);
    },
    async stop() {
      stopping = true;
      await Promise.all(
        alive().map(async (child) => {
          const exit = once(child, 'exit');
          child.kill('SIGTERM');
          // A stopped process hears nothing else.
          const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
          await exit;
          clearTimeout(timer);
        }),
      );
    },
  };
}
