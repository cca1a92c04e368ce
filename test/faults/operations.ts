import type { MemoryStore, Node, Tx } from 'swarmstate';
import { leaveToken } from './ledger.ts';

/** The work of a transaction, or of a step of a batch, besides leaving its token. */
export type Deed =
  | { readonly do: 'touch' }
  | { readonly do: 'create' | 'delete' | 'modify'; readonly which: number }
  | { readonly do: 'update as read'; readonly which: number }
  | { readonly do: 'fail' }
  | { readonly do: 'fill'; readonly bytes: number };

/** The error that a callback throws by itself. */
export const ownFailure: Error = new Error('the callback fails');

/** The outcome of a call. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** The callback of a deed, which counts its runs. `read` is what the caller had read of the object before. */
export function callbackOf(deed: Deed, token: string, read: Node | undefined, ran: () => void): (tx: Tx) => number {
  return (tx) => {
    ran();
    const rank = leaveToken(tx, token);
    switch (deed.do) {
      case 'touch':
        break;
      case 'create':
        tx.nodes.create({ id: `x${deed.which}`, description: { hostname: token } });
        break;
      case 'delete':
        tx.nodes.delete(`x${deed.which}`);
        break;
      case 'modify':
        tx.nodes.modify(`x${deed.which}`, (draft) => {
          draft.description = { hostname: token };
        });
        break;
      case 'update as read':
        // The time of creation is the store's to keep, whatever it is given.
        tx.nodes.update(
          read === undefined
            ? { id: `x${deed.which}` }
            : {
                ...read,
                description: { hostname: token },
                meta: { ...read.meta, createdAt: { seconds: -1, nanos: 0 } },
              },
        );
        break;
      case 'fail':
        tx.nodes.create({ id: `gone ${token}` });
        throw ownFailure;
      case 'fill':
        tx.configs.create({ id: token, spec: { annotations: { name: token }, data: new Uint8Array(deed.bytes) } });
        break;
    }
    return rank;
  };
}

/** The object of a deed, as its caller reads it before. */
export function readFor(store: MemoryStore, deed: Deed): Node | undefined {
  return 'which' in deed ? store.view((tx) => tx.nodes.get(`x${deed.which}`)) : undefined;
}

export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call };
  } catch (error) {
    return { error };
  }
}

/** The code of an error, if it has one. */
export function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code;
}
