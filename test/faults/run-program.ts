import type { Batch } from 'swarmstate';
import { microtasks } from '../support/microtasks.ts';
import type { BatchRecord, Cluster, Member, UpdateRecord } from './cluster.ts';
import type { BatchStep, Command } from './commands.ts';
import { rivalEntry } from './ledger.ts';
import { callbackOf, outcomeOf, ownFailure, readFor } from './operations.ts';
import type { Deed } from './operations.ts';

/** Starts what a command says; what it starts goes on while the next ones run. */
export async function runCommand(cluster: Cluster, command: Command): Promise<void> {
  if (command.do === 'tick') {
    for (let n = 0; n < command.count; n += 1) {
      cluster.log.tick();
      await microtasks();
    }
    return;
  }
  if (command.do === 'microtasks') {
    for (let n = 0; n < command.count; n += 1) await Promise.resolve();
    return;
  }
  const member = cluster.members[command.member % cluster.members.length] as Member;
  switch (command.do) {
    case 'updates':
      for (const deed of command.deeds) {
        const { abort } = startUpdate(member, deed, command.abortAfter !== undefined);
        if (command.abortAfter !== undefined) void cluster.log.ticks.wait(command.abortAfter).then(abort);
      }
      break;
    case 'batch':
      startBatch(member, command.steps, command.fails);
      break;
    case 'watchFrom':
      member.resume(Math.max(0, (member.store.version?.index ?? 0) - command.back));
      break;
    case 'view':
      member.observe('in a view');
      break;
    case 'hold':
      member.hold();
      break;
    case 'release':
      member.release();
      break;
    case 'foreign':
      appendRival(cluster);
      break;
    case 'trim':
      cluster.log.trim({ index: Math.max(0, cluster.log.version.index - 3) });
      break;
    case 'reset': {
      const inFlight = member.proposer.trace.at(-1)?.result === 'in flight';
      appendRival(cluster);
      const reset = member.proposer.reset();
      cluster.situations.saw('a reset', reset);
      cluster.situations.saw('a reset while a proposal is in flight', reset && inFlight);
      break;
    }
    case 'close':
      cluster.situations.saw('a close while writers wait', member.store.stats().waiting > 0);
      cluster.situations.saw(
        'a close while a proposal is in flight',
        member.proposer.trace.at(-1)?.result === 'in flight',
      );
      cluster.situations.saw(
        'a close while a batch is open',
        member.batches.some(({ outcome }) => outcome === undefined),
      );
      member.close();
      break;
    case 'unhang':
      member.proposer.release();
      break;
  }
}

/** An entry of a member that is none of the stores. */
export function appendRival({ log }: Cluster): void {
  log.append(rivalEntry(log.contentsAt(), log.version.index));
}

/** Starts an update, with a signal where it is to be aborted. */
export function startUpdate(member: Member, deed: Deed, abortable: boolean): UpdateRecord {
  const { cluster, store } = member;
  const controller = abortable ? new AbortController() : undefined;
  const record: UpdateRecord = {
    token: cluster.newToken('u'),
    deed,
    signal: controller?.signal,
    runsAtAbort: undefined,
    runs: 0,
    outcome: undefined,
    abort: () => {
      if (record.outcome !== undefined || controller === undefined) return;
      record.runsAtAbort = record.runs;
      controller.abort(new Error('enough'));
    },
  };
  member.updates.push(record);
  const callback = callbackOf(deed, record.token, readFor(store, deed), () => (record.runs += 1));
  const call = outcomeOf(store.update(callback, { signal: controller?.signal })).then((outcome) => {
    record.outcome = outcome;
    member.observe('when an update settles');
  });
  member.track(call);
  return record;
}

/** Starts a batch. */
export function startBatch(member: Member, steps: readonly BatchStep[], fails: boolean): BatchRecord {
  const { cluster, store } = member;
  const record: BatchRecord = { name: cluster.newToken('b'), steps: [], outcome: undefined };
  member.batches.push(record);
  const call = outcomeOf(
    store.batch(async (batch) => {
      for (const { deed, pause, unawaited } of steps) {
        const step = startStep(member, record, batch, deed);
        if (!unawaited) await step;
        await cluster.log.ticks.wait(pause);
      }
      if (fails) throw ownFailure;
      return record.name;
    }),
  ).then((outcome) => {
    record.outcome = outcome;
    member.observe('when a batch settles');
  });
  member.track(call);
  return record;
}

async function startStep(member: Member, batch: BatchRecord, handle: Batch, deed: Deed): Promise<void> {
  const record: UpdateRecord = {
    token: `${batch.name}/${batch.steps.length}`,
    deed,
    signal: undefined,
    runsAtAbort: undefined,
    runs: 0,
    outcome: undefined,
    abort: () => undefined,
  };
  batch.steps.push(record);
  const callback = callbackOf(deed, record.token, readFor(member.store, deed), () => (record.runs += 1));
  record.outcome = await outcomeOf(handle.update(callback));
}
