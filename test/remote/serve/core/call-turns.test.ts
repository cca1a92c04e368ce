import { afterEach, expect, test } from '@jest/globals';
import { CALLS_PER_TURN, CallTurns } from '../../../../src/remote/rpc/call-turns.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { echo, Opened } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('[V36] a burst of calls begins in several turns, and the calls of other peers in rotation with it', async () => {
  const turns = new CallTurns();
  const begun: string[] = [];
  const enter = (holder: string, calls: number): void => {
    for (let call = 0; call < calls; call += 1) turns.enter(holder, () => begun.push(holder));
  };
  enter('storm', 100);
  enter('b', 1);
  enter('c', 2);
  expect(begun).toHaveLength(CALLS_PER_TURN);
  await turn();
  expect(begun).toHaveLength(2 * CALLS_PER_TURN);
  expect(begun.slice(CALLS_PER_TURN, CALLS_PER_TURN + 6)).toEqual(['storm', 'b', 'c', 'storm', 'c', 'storm']);
  // Nobody overtakes the calls that wait.
  enter('d', 1);
  expect(begun).toHaveLength(2 * CALLS_PER_TURN);
  for (let more = 0; more < 3; more += 1) await turn();
  expect(begun).toHaveLength(104);
  expect(begun.filter((holder) => holder === 'storm')).toHaveLength(100);
  // Later calls begin at once.
  enter('b', 1);
  expect(begun).toHaveLength(105);
});

test('[V36] a server answers each call of a burst, and calls in between', async () => {
  const server = await opened.server([echo], { limits: { streamsPerPeer: 1000 } });
  const raw = opened.add(await RawConnection.open(server.address));
  const burst = Array.from({ length: 300 }, () => raw.call(echo.path, Buffer.from('x')));
  const { code } = await opened.client(server.address).call(echo.path);
  expect(code).toBe(0);
  const answers = await Promise.all(burst);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([0]));
  while (server.stats().streams > 0) await turn();
});
