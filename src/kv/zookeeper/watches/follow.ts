import { pause } from '../../../base/async/pause.ts';
import { isKvError } from '../../../errors/kv-error.ts';
import { isTarget } from '../../backend/target.ts';
import { readKeys, readSelection } from '../reads/moment.ts';
import { positionOf, stepAfter } from './steps.ts';
import type { DriverStep, DriverTarget } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { ZookeeperConnection } from '../connection/connection.ts';
import type { Session } from '../connection/session.ts';
import type { ReadContext } from '../reads/moment.ts';
import type { Position } from '../reads/write-log.ts';
import type { HeadWatch } from './head-watch.ts';
import type { LogStep } from './steps.ts';

/** The parts of a driver that its watches use. */
export interface FollowContext extends ReadContext {
  readonly connection: ZookeeperConnection;
  readonly watch: HeadWatch;
  readonly reconnectMs: number;
}

/** The wait before another attempt to reach a server, in milliseconds. */
const attemptMs = 50;

/** Gives the state of a target, then every change. Where the log does not have them any more, the state again. */
export async function* followZookeeper(
  context: FollowContext,
  target: DriverTarget,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  let position: Position | undefined;
  const wanted = (key: string): boolean => isTarget(target, key);
  while (!signal.aborted) {
    const changed = context.watch.changed.wait(signal);
    if (position === undefined) {
      const read = await patiently(context, signal, (session) => stateOf(context, session, target));
      if (read === undefined) return;
      position = read.position;
      yield { state: read.state };
      continue;
    }
    const from: Position = position;
    const step: LogStep | 'gone' | undefined = await patiently(context, signal, async (session) => {
      context.watch.set(session);
      return (await stepAfter(context, session, from, wanted)) ?? 'gone';
    });
    if (step === undefined) return;
    if (step === 'gone') {
      position = undefined;
      continue;
    }
    position = step.position;
    if (step.changes.length > 0) yield { changes: step.changes };
    if (position.write === from.write) await changed;
  }
}

/**
 * Reads, as often as it takes while no server can be reached, up to `reconnectMs`. Undefined when the signal aborts.
 */
export async function patiently<T>(
  { connection, reconnectMs }: FollowContext,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  let lostAt: number | undefined;
  for (;;) {
    const began = performance.now();
    try {
      return await connection.read(work, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      lostAt ??= began;
      if (!isKvError(error, 'ERR_KV_NOT_REACHABLE') || performance.now() - lostAt >= reconnectMs) throw error;
    }
    await pause(attemptMs, signal);
  }
}

async function stateOf(
  context: FollowContext,
  session: Session,
  target: DriverTarget,
): Promise<{ readonly state: readonly KvPair[]; readonly position: Position }> {
  session.barrier();
  if (target.key !== undefined) {
    const { head, found } = await readKeys(context, session, [target.key]);
    return { state: found.filter((pair) => pair !== undefined), position: positionOf(head) };
  }
  const { head, found } = await readSelection(context, session, {
    prefix: target.prefix,
    after: undefined,
    before: undefined,
    limit: undefined,
    reverse: false,
    keysOnly: false,
  });
  return { state: found, position: positionOf(head) };
}
