import { readKeyNames } from '../reading/names.ts';
import { writesPerFolder } from '../records/keyspace.ts';
import { mostSteps, perform, transactionText } from '../protocol/transactions.ts';
import type { ConsulContext } from '../protocol/context.ts';

/** Deletes the folders of the history that are not needed any more after the write `number`. */
export async function trimHistory(context: ConsulContext, number: number): Promise<void> {
  const { connection, keyspace, history } = context;
  const firstKept = keyspace.folderOf(Math.max(0, number - history - writesPerFolder));
  const folders = await readKeyNames(context, keyspace.log, '/', undefined);
  const old = folders.filter((name) => name < firstKept).slice(0, mostSteps);
  if (old.length === 0) return;
  const text = transactionText(old.map((name) => ({ verb: 'delete-tree', name })));
  // Deleting twice does no harm, so the request may be repeated.
  await perform(connection, text, { kind: 'read', signal: undefined });
}
