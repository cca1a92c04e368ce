import type { ReadTx, Tx } from '../../src/store/transaction/tx.ts';

/** The keys of the lists. They are objects of two tables, so that a transaction spans tables. */
export const listKeys: readonly string[] = ['node-a', 'node-b', 'network-c', 'network-d'];

/** The list of a key: numbers in a label of an object, which need not exist. */
export function readList(tx: ReadTx, key: string): readonly number[] {
  const object = key.startsWith('node') ? tx.nodes.get(key) : tx.networks.get(key);
  const text = object?.spec.annotations.labels['list'] ?? '';
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Appends a number to the list of a key. Returns the version that the transaction has if it happens. */
export function appendToList(tx: Tx, key: string, value: number): number {
  const labels = { list: [...readList(tx, key), value].join(' ') };
  if (key.startsWith('node')) {
    const spec = { annotations: { name: key, labels } };
    const node = tx.nodes.get(key);
    const { meta } = node === undefined ? tx.nodes.create({ id: key, spec }) : tx.nodes.update({ ...node, spec });
    return meta.version.index + 1;
  }
  const spec = { annotations: { name: key, labels } };
  const network = tx.networks.get(key);
  const { meta } =
    network === undefined ? tx.networks.create({ id: key, spec }) : tx.networks.update({ ...network, spec });
  return meta.version.index + 1;
}
