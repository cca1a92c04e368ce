import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to programs that ask for any port. Such a program could take a port between our
 * test for a free one and the start of the server.
 */
const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 25;
const PROCESSES = 480;

let asked = 0;

/**
 * A free port out of a range that only this process looks at. Test processes that start servers at the same time do not
 * collide.
 */
export async function freePort(): Promise<number> {
  const first = FIRST_PORT + (process.pid % PROCESSES) * PORTS_PER_PROCESS;
  for (let tried = 0; tried < PORTS_PER_PROCESS; tried++) {
    const port = first + (asked++ % PORTS_PER_PROCESS);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ports from ${first} to ${first + PORTS_PER_PROCESS - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
