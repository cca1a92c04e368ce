import { afterAll, beforeAll } from '@jest/globals';

/** Starts a server before the tests of this block, and stops it behind them. Gives the server to their bodies. */
export function runningServer<Server extends { stop(): Promise<void> }>(start: () => Promise<Server>): () => Server {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
  }, 30_000);
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('the server runs while tests do');
    return server;
  };
}
