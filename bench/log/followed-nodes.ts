import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { KvStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';

/** The ids of nodes, and when the member had each, in milliseconds. */
export type SeenNodes = readonly (readonly [id: string, at: number])[];

/** Another member than the writer. */
export interface OtherMember {
  /** The nodes that were created since the last call. Resolves when the member has everything that is in the log. */
  taken(): Promise<SeenNodes>;
  close(): Promise<void>;
}

/** Milliseconds of a clock that is the same in all processes of the machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Notes the nodes of a store as they are created. */
export function followNodes(store: ReplicatedStore): { readonly taken: () => SeenNodes } {
  let seen: [id: string, at: number][] = [];
  const watcher = store.watch({ events: [{ kind: 'node', action: 'create' }], limit: Infinity });
  const read = async (): Promise<void> => {
    for await (const event of watcher) if (event.action !== 'commit') seen.push([event.object.id, now()]);
  };
  void read();
  return {
    taken: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
  };
}

/** A member in this process: the contents of the memory backend are nowhere else. */
export async function memberHere(kv: KvStore): Promise<OtherMember> {
  const store = await openStore({ kv, prefix: 'log' });
  const seen = followNodes(store);
  return {
    taken: async () => {
      await store.barrier();
      return seen.taken();
    },
    close: () => store.close(),
  };
}

/** A member in a process of its own, as members are. */
export async function memberInProcess(
  backend: string,
  endpoints: readonly string[],
  options: object,
): Promise<OtherMember> {
  const child = fork(join(import.meta.dirname, 'follower.ts'), [backend, JSON.stringify(options), ...endpoints]);
  await once(child, 'message');
  return {
    taken: async () => {
      const answered = once(child, 'message');
      child.send('taken');
      const [seen] = (await answered) as [SeenNodes];
      return seen;
    },
    close: async () => {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
