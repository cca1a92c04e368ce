import type { Node, StoreAction, StoreActionInput, StoreSnapshot, Tx } from 'swarmstate';

/**
 * The ledger is a node on whose labels each transaction leaves a token of its own, with the number of tokens before it.
 * The labels so tell the order of the transactions, whether one happened twice, and on which state it ran.
 */
export const LEDGER = 'ledger';

/** The entry that creates the ledger. */
export const createLedger: readonly StoreActionInput[] = [{ action: 1, node: { id: LEDGER } }];

/** Leaves a token, and gives its rank. */
export function leaveToken(tx: Tx, token: string): number {
  let rank = 0;
  tx.nodes.modify(LEDGER, (draft) => {
    const { labels } = draft.spec.annotations;
    rank = Object.keys(labels).length;
    labels[token] = String(rank);
  });
  return rank;
}

/** An entry of a competitor: a token of its own, and objects that the transactions of the stores want too. */
export function rivalEntry(contents: StoreSnapshot, number: number): readonly StoreActionInput[] {
  const ledger = contents.nodes.find(({ id }) => id === LEDGER) as Node;
  const labels = tokensOf(ledger);
  const { annotations } = ledger.spec;
  const update: StoreActionInput = {
    action: 2,
    node: {
      ...ledger,
      spec: {
        ...ledger.spec,
        annotations: {
          ...annotations,
          labels: { ...labels, [`rival-${Object.keys(labels).length}`]: String(Object.keys(labels).length) },
        },
      },
    },
  };
  const id = `x${number % 3}`;
  const wanted = contents.nodes.find((node) => node.id === id);
  const other: StoreActionInput = wanted === undefined ? { action: 1, node: { id } } : { action: 3, node: wanted };
  return number % 2 === 0 ? [update] : [update, other];
}

/** The tokens on a ledger. */
export function tokensOf(ledger: Node | undefined): Readonly<Record<string, string>> {
  return { ...ledger?.spec.annotations.labels };
}

/** The tokens that an entry leaves, in order; those that it changes count too. */
export function tokensLeft(
  before: Readonly<Record<string, string>>,
  actions: readonly StoreAction[],
): { readonly tokens: readonly string[]; readonly after: Readonly<Record<string, string>> } {
  let now = before;
  const tokens: string[] = [];
  for (const { node } of actions) {
    if (node?.id !== LEDGER) continue;
    const next = tokensOf(node);
    for (const [token, rank] of Object.entries(next)) if (now[token] !== rank) tokens.push(token);
    now = next;
  }
  return { tokens, after: now };
}
