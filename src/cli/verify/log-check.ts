import type { Source } from '../sources/source.ts';
import { contentsAt, contentsOf } from '../sources/timeline.ts';
import type { Contents } from '../sources/timeline.ts';
import { codecs } from '../../wire/generated/kinds.ts';
import type { CheckResult } from './checks.ts';

/**
 * Reads the whole log. Every entry has to be readable and to follow the one before it. A replicated store has the hash
 * of the log so far in each entry. The records of a folder have checksums. Then the oldest contents and the entries
 * have to give the contents of the source.
 */
export async function checkLog(source: Source): Promise<CheckResult> {
  const check = 'log';
  const { log, store } = source;
  if (log === undefined) return { check, looked: 'no log', problems: [] };
  let entries = 0;
  let transactions = 0;
  try {
    for await (const entry of log.entries()) {
      entries += 1;
      transactions += entry.transactions.length;
    }
  } catch (error) {
    return { check, looked: `${entries} entries`, problems: [(error as Error).message] };
  }
  const looked = `${entries} entries, ${transactions} transactions`;
  const snapshot = store.snapshot();
  try {
    const base = await log.base();
    const version = snapshot.version?.index;
    if (base === undefined || version === undefined) return { check, looked, problems: [] };
    const problems = differences(await contentsAt(source, version), contentsOf(store.save(snapshot)));
    return { check, looked, problems };
  } catch (error) {
    return { check, looked, problems: [(error as Error).message] };
  } finally {
    snapshot.close();
  }
}

function differences(replayed: Contents, stored: Contents): readonly string[] {
  const problems: string[] = [];
  for (const [kind, objects] of stored) {
    const table = replayed.get(kind);
    for (const [id, object] of objects) {
      const other = table?.get(id);
      if (other === undefined) problems.push(`${kind} ${id} is in the contents, and the log does not make it`);
      else if (codecs[kind].from(other as never, object as never) !== object)
        problems.push(`${kind} ${id} is not as the log makes it`);
    }
    for (const id of table?.keys() ?? [])
      if (!objects.has(id)) problems.push(`the log makes the ${kind} ${id}, which is not in the contents`);
  }
  return problems;
}
