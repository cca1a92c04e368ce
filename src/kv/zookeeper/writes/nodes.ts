import { codeOf, isNoNode, ZkCode } from '../connection/failure.ts';
import { headData } from '../layout/head.ts';
import { Keyspace } from '../layout/keyspace.ts';
import { noKey } from '../layout/value.ts';
import type { Session } from '../connection/session.ts';

/** The most paths that are remembered. */
const mostKnown = 20_000;

/** The nodes between the prefix and the keys. They are made when they are needed, and deleted when they are empty. */
export class StructureNodes {
  readonly #keyspace: Keyspace;
  readonly #known = new Set<string>();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Forgets what exists, after a write found a node missing. */
  forget(): void {
    this.#known.clear();
  }

  /** Makes the nodes that every store has. */
  async makeStore(session: Session): Promise<void> {
    const { base, head, log, leases } = this.#keyspace;
    await make(session, [...Keyspace.above(head), log, leases], noKey);
    // The head comes last: who finds it finds the others.
    await make(session, [head], headData(0, 1));
    if (base !== '') this.#known.add(base);
  }

  /** Makes the nodes above these paths. */
  async makeAbove(session: Session, paths: readonly string[]): Promise<void> {
    const missing = new Set<string>();
    for (const path of paths) {
      for (const node of Keyspace.above(path)) if (!this.#known.has(node)) missing.add(node);
    }
    if (missing.size === 0) return;
    const nodes = [...missing].sort((a, b) => a.length - b.length);
    await make(session, nodes, noKey);
    if (this.#known.size > mostKnown) this.#known.clear();
    for (const node of nodes) this.#known.add(node);
  }

  /** Deletes nodes that are no keys and have nothing below them, and then those above them. */
  async prune(session: Session, paths: Iterable<string>): Promise<void> {
    const { base } = this.#keyspace;
    let nodes = new Set(paths);
    while (nodes.size > 0) {
      const above = new Set<string>();
      await Promise.all(
        [...nodes].map(async (path) => {
          if (path === base || !path.startsWith(`${base}/`)) return;
          const stat = await session.stat(path);
          if (stat === undefined || stat.numChildren > 0 || stat.dataLength > 0) return;
          this.#known.delete(path);
          try {
            await session.remove(path, stat.version);
            above.add(parentOf(path));
          } catch (error) {
            // Somebody has a use for it, or deleted it.
            const code = codeOf(error);
            if (code !== ZkCode.notEmpty && code !== ZkCode.badVersion && !isNoNode(error)) throw error;
          }
        }),
      );
      nodes = above;
    }
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Makes nodes that do not exist, the highest first. */
async function make(session: Session, paths: readonly string[], data: Buffer): Promise<void> {
  const stats = await Promise.all(paths.map((path) => session.stat(path)));
  await Promise.all(
    paths.map(async (path, index) => {
      if (stats[index] !== undefined) return;
      try {
        await session.create(path, data);
      } catch (error) {
        if (codeOf(error) !== ZkCode.nodeExists) throw error;
      }
    }),
  );
}
