import { compareUtf8, Utf8Order } from '../../../base/text/utf8-order.ts';
import { isInRange } from '../../backend/selection.ts';
import { isNoNode } from '../connection/failure.ts';
import { Heap } from './heap.ts';
import { readNodeKey, readNodes } from './node.ts';
import type { Compare } from '../../../base/text/utf8-order.ts';
import type { DriverRange, DriverSelection } from '../../backend/driver.ts';
import type { Session } from '../connection/session.ts';
import type { Directory, Keyspace } from '../layout/keyspace.ts';
import type { KeyNode, KeyPath } from './node.ts';

/** A step of the traversal. Its keys are `text`, or begin with it where `isOpen`. */
interface Step {
  readonly text: string;
  readonly isOpen: boolean;
  readonly directory?: Directory;
  /** The node of a key that is to be read. */
  readonly path?: string;
  readonly found?: KeyNode;
}

/** Nodes of one request: as many as give about so many bytes, by the nodes before. */
const answerBytes = 1024 * 1024;
const firstInRequest = 32;
const leastInRequest = 4;
const mostInRequest = 128;
/** Requests that are sent at once. */
const requestsAtOnce = 2;

/**
 * Gives the key nodes of a selection in its order, read one after the other while other stores write. Only the
 * directories that may have keys of the range are listed. Ends after about `limit` keys.
 */
export async function* traverse(
  session: Session,
  keyspace: Keyspace,
  { limit = Infinity, reverse, keysOnly, ...range }: DriverSelection,
): AsyncGenerator<KeyNode, void> {
  const order = new Utf8Order();
  const steps = new Heap<Step>(
    reverse ? (a, b) => -compareEnds(order.compare, a, b) : (a, b) => order.compare(a.text, b.text),
  );
  const add = (step: Step): void => {
    order.admit(step.text);
    steps.push(step);
  };
  const root = keyspace.directoryOf(range.prefix);
  add({ text: root.text, isOpen: true, directory: root });
  let inRequest = firstInRequest;
  const list = async (directory: Directory): Promise<void> => {
    for (const name of await childrenOf(session, directory.path)) {
      const child = keyspace.childOf(directory, name);
      if (child === undefined) continue;
      if ('directory' in child) {
        if (mayHave(range, child.directory.text)) {
          add({ text: child.directory.text, isOpen: true, directory: child.directory });
        }
      } else if (isInRange(range, child.key) || mayHave(range, `${child.key}/`)) {
        add({ text: child.key, isOpen: true, path: child.path });
      }
    }
  };
  const read = async (keys: readonly KeyPath[]): Promise<void> => {
    const nodes = keysOnly
      ? await Promise.all(keys.map(({ key, path }) => readNodeKey(session, key, path)))
      : await readNodes(session, keys);
    let bytes = 0;
    for (const [at, found] of nodes.entries()) {
      if (found === undefined) continue;
      bytes += found.pair?.value.byteLength ?? 0;
      const { key } = keys[at] as KeyPath;
      const below = `${key}/`;
      if (found.children > 0 && mayHave(range, below)) {
        add({ text: below, isOpen: true, directory: { path: found.path, text: below } });
      }
      if (found.pair !== undefined && isInRange(range, key)) add({ text: key, isOpen: false, found });
    }
    const fitting = Math.floor((answerBytes * keys.length) / Math.max(1, bytes));
    inRequest = Math.max(leastInRequest, Math.min(mostInRequest, fitting));
  };
  while (steps.size > 0) {
    const work: Promise<void>[] = [];
    const atOnce = Math.max(4, Math.min(requestsAtOnce * inRequest, 2 * limit));
    const size = inRequest;
    let keys: KeyPath[] = [];
    let taken = 0;
    let listed: string | undefined;
    while (taken < atOnce && steps.first !== undefined && steps.first.found === undefined) {
      const { text, directory, path } = steps.pop() as Step;
      // The names behind the next ones may be many, and not needed. Parts with the same beginning are all needed.
      taken += directory !== undefined && text !== listed ? size : 1;
      if (directory !== undefined) {
        listed = text;
        work.push(list(directory));
      } else if (keys.push({ key: text, path: path as string }) === size) {
        work.push(read(keys));
        keys = [];
      }
    }
    if (keys.length > 0) work.push(read(keys));
    if (taken > 0) await Promise.all(work);
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
function compareEnds(compare: Compare, a: Step, b: Step): number {
  if (a.isOpen && b.text.startsWith(a.text)) return b.isOpen && a.text === b.text ? 0 : 1;
  if (b.isOpen && a.text.startsWith(b.text)) return -1;
  return compare(a.text, b.text);
}
