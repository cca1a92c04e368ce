import type { Commit, FinderData, Kind, MemoryStore, Tx } from 'swarmstate';
import { byOf } from './finder-of-query.ts';
import type { ModelStore } from '../../src/testing/model/model-store.ts';
import type { ModelTx } from '../../src/testing/model/model-tx.ts';
import type { Command } from './random-programs.ts';
import { comparable, runStep, stepFailure } from './run-step.ts';
import type { Outcome, TransactionPort } from './run-step.ts';

/** The commands that change contents. */
export type Write = Extract<
  Command,
  { readonly do: 'update' | 'batch' | 'restore' | 'restoreTable' | 'applyStoreActions' | 'apply' }
>;

function storePort(tx: Tx): TransactionPort {
  return {
    table: (kind) => tx.table(kind),
    find: (kind, query) => tx.table(kind).find(byOf(query)),
  };
}

function modelPort(tx: ModelTx): TransactionPort {
  return {
    table: (kind: Kind) => tx.table(kind),
    find: (kind: Kind, query: FinderData) => tx.table(kind).find(query),
  };
}

/** Runs a command on a store. Returns the outcomes of its calls, inside and outside of callbacks. */
export async function runOnStore(store: MemoryStore, command: Write): Promise<Outcome[]> {
  const trace: Outcome[] = [];
  const note = async (call: Promise<unknown>): Promise<void> => {
    try {
      trace.push({ value: await call });
    } catch (error) {
      trace.push({ error: comparable(error) });
    }
  };
  switch (command.do) {
    case 'update':
      await note(store.update((tx) => runStep(storePort(tx), command.step, trace) as number));
      break;
    case 'batch':
      await note(
        store.batch(async (batch) => {
          for (const step of command.steps) {
            const writer = step.outside ? store : batch;
            await note(writer.update((tx) => runStep(storePort(tx), step, trace) as number));
          }
          if (command.fails) throw stepFailure;
        }),
      );
      break;
    case 'restore':
      await note(store.restore(command.snapshot));
      break;
    case 'restoreTable':
      await note(store.restoreTable(command.kind, command.objects));
      break;
    case 'applyStoreActions':
      await note(store.applyStoreActions(command.actions));
      break;
    case 'apply':
      await note(store.apply({ events: command.events as Commit['events'] }));
      break;
  }
  return trace;
}

/** Runs a command on a model. */
export function runOnModel(model: ModelStore, command: Write): Outcome[] {
  const trace: Outcome[] = [];
  const note = (call: () => unknown): void => {
    try {
      trace.push({ value: call() });
    } catch (error) {
      trace.push({ error: comparable(error) });
    }
  };
  switch (command.do) {
    case 'update':
      note(() => model.update((tx) => runStep(modelPort(tx), command.step, trace)));
      break;
    case 'batch':
      note(() =>
        model.batch((batch) => {
          for (const step of command.steps) {
            const writer = step.outside ? model : batch;
            note(() => writer.update((tx) => runStep(modelPort(tx), step, trace)));
          }
          if (command.fails) throw stepFailure;
        }),
      );
      break;
    case 'restore':
      note(() => model.restore(command.snapshot));
      break;
    case 'restoreTable':
      note(() => model.restoreTable(command.kind, command.objects));
      break;
    case 'applyStoreActions':
      note(() => model.applyStoreActions(command.actions));
      break;
    case 'apply':
      note(() => model.apply({ events: command.events as Commit['events'] }));
      break;
  }
  return trace;
}
