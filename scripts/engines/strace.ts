import { spawnSync } from 'node:child_process';

/** The Debian package of the tracer. */
export const STRACE_PACKAGE = 'strace';

/** True when the system calls of programs can be traced here. Some containers refuse it. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

/** The hint for people who do not have it. */
export const howToGetStrace: string =
  'system calls cannot be traced here: `npm run engines` installs strace on Debian for root, ' +
  'or put `strace` on the PATH';
