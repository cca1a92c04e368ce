import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import { isInRange } from '../../backend/selection.ts';
import { isNoNode } from '../connection/failure.ts';
import { Heap } from './heap.ts';
import { readNode, readNodeKey } from './node.ts';
import type { DriverRange, DriverSelection } from '../../backend/driver.ts';
import type { Session } from '../connection/session.ts';
import type { Directory, Keyspace } from '../layout/keyspace.ts';
import type { KeyNode } from './node.ts';

/** A step of the traversal. Its keys are `text`, or begin with it where `isOpen`. */
interface Step {
  readonly text: string;
  readonly isOpen: boolean;
  readonly directory?: Directory;
  /** The node of a key that is to be read. */
  readonly path?: string;
  readonly found?: KeyNode;
}

const mostAtOnce = 256;

/**
 * Gives the key nodes of a selection in its order, read one after the other while other stores write. Only the
 * directories that may have keys of the range are listed. Ends after about `limit` keys.
 */
export async function* traverse(
  session: Session,
  keyspace: Keyspace,
  { limit = Infinity, reverse, keysOnly, ...range }: DriverSelection,
): AsyncGenerator<KeyNode, void> {
  const steps = new Heap<Step>(reverse ? (a, b) => -compareEnds(a, b) : (a, b) => compareUtf8(a.text, b.text));
  const root = keyspace.directoryOf(range.prefix);
  steps.push({ text: root.text, isOpen: true, directory: root });
  const read = keysOnly ? readNodeKey : readNode;
  const atOnce = Math.max(4, Math.min(mostAtOnce, 2 * limit));
  const run = async (step: Step): Promise<void> => {
    const { text: key, directory, path } = step;
    if (directory !== undefined) {
      for (const name of await childrenOf(session, directory.path)) {
        const child = keyspace.childOf(directory, name);
        if (child === undefined) continue;
        if ('directory' in child) {
          if (mayHave(range, child.directory.text)) {
            steps.push({ text: child.directory.text, isOpen: true, directory: child.directory });
          }
        } else if (isInRange(range, child.key) || mayHave(range, `${child.key}/`)) {
          steps.push({ text: child.key, isOpen: true, path: child.path });
        }
      }
      return;
    }
    const found = await read(session, key, path as string);
    if (found === undefined) return;
    const below = `${key}/`;
    if (found.children > 0 && mayHave(range, below)) {
      steps.push({ text: below, isOpen: true, directory: { path: found.path, text: below } });
    }
    if (found.pair !== undefined && isInRange(range, key)) steps.push({ text: key, isOpen: false, found });
  };
  while (steps.size > 0) {
    const batch: Step[] = [];
    while (batch.length < atOnce && steps.first !== undefined && steps.first.found === undefined) {
      batch.push(steps.pop() as Step);
    }
    if (batch.length > 0) await Promise.all(batch.map(run));
    else yield (steps.pop() as Step).found as KeyNode;
  }
}

async function childrenOf(session: Session, path: string): Promise<readonly string[]> {
  try {
    return await session.children(path);
  } catch (error) {
    if (isNoNode(error)) return [];
    throw error;
  }
}

/** True when a range can have keys that begin with `text`. */
function mayHave({ prefix, after, before }: DriverRange, text: string): boolean {
  if (!text.startsWith(prefix) && !prefix.startsWith(text)) return false;
  if (after !== undefined && compareUtf8(text, after) < 0 && !after.startsWith(text)) return false;
  return before === undefined || compareUtf8(text, before) < 0;
}

/** Compares the last keys that two steps can give. */
function compareEnds(a: Step, b: Step): number {
  if (a.isOpen && b.text.startsWith(a.text)) return b.isOpen && a.text === b.text ? 0 : 1;
  if (b.isOpen && a.text.startsWith(b.text)) return -1;
  return compareUtf8(a.text, b.text);
}
