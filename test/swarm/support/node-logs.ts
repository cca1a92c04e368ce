import type { StoreActionInput } from 'swarmstate/proto';
import { isSwarmFolderError, readSwarmFolder } from 'swarmstate/swarm';
import type { SwarmFolder, SwarmFolderErrorCode, SwarmFolderErrorData } from 'swarmstate/swarm';
import { FolderWriter, manager } from './folder-writer.ts';
import type { WrittenMember } from './folder-writer.ts';

/** The manager that writes the folders. */
export const one: WrittenMember = manager(1);

/** The change that makes a node. */
export function node(id: string, hostname = `host-${id}`): readonly StoreActionInput[] {
  return [{ action: 1, node: { id, description: { hostname } } }];
}

/** The log of a manager that is alone, with an entry that makes node `n…` for each index from 2 on. */
export function logTo(last: number): FolderWriter {
  const writer = new FolderWriter(one).change(1, 1, 'add', one).state(1, 1);
  for (let index = 2; index <= last; index += 1) writer.entry(2, index, node(`n${index}`)).state(2, index);
  return writer;
}

/** The number of nodes in a folder. */
export function countOf({ store }: SwarmFolder): number {
  return store.save().nodes.length;
}

/** The error with which the reading of a folder fails. */
export async function failure<C extends SwarmFolderErrorCode>(
  code: C,
  path: string | readonly string[],
): Promise<SwarmFolderErrorData[C] & { readonly message: string }> {
  const error: unknown = await readSwarmFolder(path).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!isSwarmFolderError(error, code)) throw new Error(`not ${code}: ${String(error)}`);
  return error;
}
