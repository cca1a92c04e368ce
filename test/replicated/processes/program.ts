/**
 * One member of a log in a process of its own: opens a store, and runs the transactions that the driver sends. The
 * driver notes a call before it sends the command, and a return after the answer came. So the order in real time is
 * never stricter in the history than it was.
 */
import { createHash } from 'node:crypto';
import { all } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import type { HistoryOperation } from '../../../src/testing/history/history.ts';
import { appendToList, readList } from '../../simulation/lists.ts';
import type { Answer, Command, MemberState, Opened, ProcessOptions, Step } from './messages.ts';

async function main(): Promise<void> {
  const { target, options, losesOneOf } = JSON.parse(process.argv[2] ?? '') as ProcessOptions;
  // Without its driver nobody needs the process.
  process.on('disconnect', () => process.exit());
  let store: ReplicatedStore;
  try {
    store = await openStore(target, options);
  } catch (error) {
    const opened: Opened = { kind: 'not open', ...described(error) };
    process.send?.(opened, () => process.exit());
    return;
  }
  let updates = 0;
  process.on('message', (command: Command) => {
    if (command.kind === 'update') updates += 1;
    if (command.kind === 'update' && losesOneOf !== undefined && updates % losesOneOf === 0) {
      process.send?.({ id: command.id, kind: 'done', operations: appendsOf(command.steps) } satisfies Answer);
      return;
    }
    answer(store, command).then(
      (answered) => process.send?.(answered),
      (error: unknown) => process.send?.({ id: command.id, kind: 'failed', ...described(error) } satisfies Answer),
    );
  });
  const opened: Opened = { kind: 'open' };
  process.send?.(opened);
}

async function answer(store: ReplicatedStore, command: Command): Promise<Answer> {
  const { id } = command;
  switch (command.kind) {
    case 'update':
      return { id, kind: 'done', operations: await update(store, command.steps) };
    case 'read': {
      if (command.fresh) await store.barrier();
      const operations = store.view((tx) =>
        command.keys.map((key): HistoryOperation => ({ type: 'read', key, values: readList(tx, key) })),
      );
      return { id, kind: 'done', operations };
    }
    case 'state':
      await store.barrier();
      return { id, kind: 'state', state: stateOf(store) };
    case 'figures':
      return { id, kind: 'figures', figures: store.member };
  }
}

function update(store: ReplicatedStore, steps: readonly Step[]): Promise<readonly HistoryOperation[]> {
  return store.update((tx) =>
    steps.map((step): HistoryOperation => {
      if (step.type === 'read') return { type: 'read', key: step.key, values: readList(tx, step.key) };
      appendToList(tx, step.key, step.value);
      return step;
    }),
  );
}

function appendsOf(steps: readonly Step[]): readonly HistoryOperation[] {
  return steps.filter((step) => step.type === 'append');
}

function stateOf(store: ReplicatedStore): MemberState {
  const lists = store.view((tx) =>
    [...tx.nodes.find(all), ...tx.networks.find(all)].map(({ id }) => [id, readList(tx, id)] as const),
  );
  return {
    version: store.version?.index ?? 0,
    hash: createHash('sha256').update(StoreSnapshot.encode(store.save())).digest('hex'),
    lists,
  };
}

function described(error: unknown): { readonly code: string; readonly message: string } {
  const { code, name, message } = error as { readonly code?: string; readonly name: string; readonly message: string };
  return { code: code ?? name, message };
}

await main();
