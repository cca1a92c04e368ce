import { kinds, tableNames } from '../../model/schema/kinds.ts';
import { targetKind } from '../../model/store-actions.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { CliError, ExitCode } from '../terminal/failure.ts';
import type { LogBase, Source, SourceEntry } from './source.ts';

/** Contents by kind and id. */
export type Contents = ReadonlyMap<Kind, ReadonlyMap<string, Kinds[Kind]>>;

/** The effect of an action of a log. */
export interface TimelineChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  readonly object: Kinds[Kind];
  readonly before?: Kinds[Kind] | undefined;
}

const actionNames: Readonly<Record<number, TimelineChange['action']>> = {
  [StoreActionKind.CREATE]: 'create',
  [StoreActionKind.UPDATE]: 'update',
  [StoreActionKind.REMOVE]: 'delete',
};

/** The objects along a log, so that an entry can tell what each of its actions changed. */
class Timeline {
  readonly #tables = new Map<Kind, Map<string, Kinds[Kind]>>(kinds.map((kind) => [kind, new Map()]));

  get contents(): Contents {
    return this.#tables;
  }

  /** Takes whole contents in place of what is known. */
  load(snapshot: StoreSnapshot): void {
    for (const [kind, objects] of contentsOf(snapshot)) this.#tables.set(kind, new Map(objects));
  }

  /** Takes the actions of a transaction; returns what they did. */
  apply(actions: readonly StoreAction[]): readonly TimelineChange[] {
    return actions.flatMap((storeAction): TimelineChange[] => {
      const kind = targetKind(storeAction);
      const action = actionNames[storeAction.action];
      const object = kind === undefined ? undefined : storeAction[kind];
      if (kind === undefined || object === undefined || action === undefined) return [];
      const table = this.#tables.get(kind);
      const before = table?.get(object.id);
      if (action === 'delete') table?.delete(object.id);
      else table?.set(object.id, object);
      // The action of a deletion may have the id alone.
      return [action === 'delete' ? { action, kind, object: before ?? object } : { action, kind, object, before }];
    });
  }
}

/** The contents of a snapshot by kind and id. */
export function contentsOf(snapshot: StoreSnapshot): Contents {
  return new Map(
    kinds.map((kind) => {
      const objects = snapshot[tableNames[kind]] as readonly Kinds[Kind][];
      return [kind, new Map(objects.map((object) => [object.id, object]))];
    }),
  );
}

/** An entry with the changes of its transactions. */
export interface TimelineEntry {
  readonly entry: SourceEntry;
  readonly transactions: readonly { readonly version: number; readonly changes: readonly TimelineChange[] }[];
}

/** The entries of a source's log with what they did. Rejects where the source has no log. */
export async function* timelineOf(source: Source): AsyncGenerator<TimelineEntry, void> {
  const timeline = new Timeline();
  const log = logOf(source);
  let base = await log.base();
  for await (const entry of log.entries()) {
    if (base !== undefined && entry.index > base.after) {
      timeline.load(base.contents);
      base = undefined;
    }
    const transactions = entry.transactions.map(({ version, actions }) => ({
      version,
      changes: timeline.apply(actions),
    }));
    yield { entry, transactions };
  }
}

/** The contents at a version, made of the log. Rejects for a version that the log does not reach. */
export async function contentsAt(source: Source, version: number): Promise<Contents> {
  const log = logOf(source);
  const now = source.store.version?.index ?? 0;
  if (version > now) throw unreachable(source, version, `it is at version ${now}`);
  const base = await log.base();
  if (base === undefined || version < base.version) throw unreachable(source, version, oldestText(base));
  const timeline = new Timeline();
  timeline.load(base.contents);
  for await (const { index, applied, transactions } of log.entries()) {
    if (index <= base.after || !applied) continue;
    for (const { version: reached, actions } of transactions) {
      if (reached > version) return timeline.contents;
      timeline.apply(actions);
    }
  }
  return timeline.contents;
}

/** The log of a source. Throws where it has none. */
function logOf(source: Source): NonNullable<Source['log']> {
  if (source.log !== undefined) return source.log;
  throw new CliError(ExitCode.USAGE, `${source.name} has no past; a state folder, lmdb: and etcd: have one`);
}

function oldestText(base: LogBase | undefined): string {
  return base === undefined ? 'its log was trimmed' : `its oldest contents are those of version ${base.version}`;
}

function unreachable({ name }: Source, version: number, why: string): CliError {
  return new CliError(ExitCode.SOURCE, `${name} has no contents of version ${version}: ${why}`);
}
