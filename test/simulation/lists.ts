import type { ReadTx, Tx } from '../../src/store/transaction/tx.ts';

/** The keys of the lists. They are objects of two tables, so that a transaction spans tables. */
export const listKeys: readonly string[] = ['node-a', 'node-b', 'network-c', 'network-d'];

/** The list of a key: numbers in a label of an object, which need not exist. */
export function readList(tx: ReadTx, key: string): readonly number[] {
  const object = key.startsWith('node') ? tx.nodes.get(key) : tx.networks.get(key);
  const text = object?.spec.annotations.labels['list'] ?? '';
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Appends a number to the list of a key. */
export function appendToList(tx: Tx, key: string, value: number): void {
  const labels = { list: [...readList(tx, key), value].join(' ') };
  if (key.startsWith('node')) {
    const spec = { annotations: { name: key, labels } };
    const node = tx.nodes.get(key);
    if (node === undefined) tx.nodes.create({ id: key, spec });
    else tx.nodes.update({ ...node, spec });
    return;
  }
  const spec = { annotations: { name: key, labels } };
  const network = tx.networks.get(key);
  if (network === undefined) tx.networks.create({ id: key, spec });
  else tx.networks.update({ ...network, spec });
}
