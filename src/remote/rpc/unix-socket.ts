import { chmodSync, linkSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { RemoteError } from '../../errors/remote-error.ts';

/**
 * Listens at a path that only the user of this process can open (mode 0600). The socket is made in a folder that is
 * closed to others, so that there is no moment at which it is open to them. A socket that nobody listens at is
 * replaced.
 *
 * Resolves to the function that removes the socket. Rejects with `ERR_REMOTE_ADDRESS_IN_USE`, and with the errors of
 * the file system.
 */
export async function listenAtPath(server: Server, path: string, target: string): Promise<() => void> {
  // A short name: the path of a socket has at most about 100 bytes.
  const folder = mkdtempSync(join(dirname(path), '.s'));
  const hidden = join(folder, 's');
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(hidden, () => {
        server.off('error', reject);
        resolve();
      });
    });
    chmodSync(hidden, 0o600);
    await publish(hidden, path, target);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const own = lstatSync(path).ino;
  return () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === own) unlinkSync(path);
  };
}

async function publish(hidden: string, path: string, target: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      linkSync(hidden, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isSocket()) throw inUse(`${path} is a file that is no socket: remove it, or name another path`, target);
    if (await answers(path)) throw inUse(`another process listens at ${target}: end it, or name another path`, target);
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === found.ino) rmSync(path, { force: true });
  }
}

/** True unless nobody listens at the socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function inUse(message: string, target: string): RemoteError {
  return new RemoteError('ERR_REMOTE_ADDRESS_IN_USE', message, { target });
}
