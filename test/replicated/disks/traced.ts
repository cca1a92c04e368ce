/**
 * A writer of a log on lmdb that leaves marks in a trace of its system calls. `propose SLOT` is written before an entry
 * is given to the engine, and `resolve SLOT` when its updates are acknowledged.
 */
import { openSync, writeSync } from 'node:fs';
import { createStore } from 'swarmstate/kv';
import type { KvCondition, KvOperation, KvOptions, KvPair } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';

const [path = '', groups = '10', marksPath = '', fault] = process.argv.slice(2);
// A planted fault: lmdb finds this option, which src never gives, and flushes nothing.
if (fault === 'no flush') Object.defineProperty(Object.prototype, 'noSync', { value: true });
const marks = openSync(marksPath, 'w');

async function main(): Promise<void> {
  const inner = await createStore('lmdb', [path]);
  const kv = new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'transaction') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return (
        conditions: readonly KvCondition[],
        operations: readonly KvOperation[],
        options?: KvOptions,
      ): Promise<readonly KvPair[]> => {
        const slot = /\/log\/(\d+)$/.exec(operations[0]?.key ?? '')?.[1];
        if (slot !== undefined) writeSync(marks, `propose ${Number(slot)}\n`);
        return target.transaction(conditions, operations, options);
      };
    },
  });
  const store = await openStore({ kv, prefix: 'log' });
  for (let group = 0; group < Number(groups); group += 1) {
    const updates = Array.from({ length: 1 + (group % 3) }, (_, number) =>
      store.update((tx) => tx.nodes.create({ id: `${group}-${number}` })),
    );
    // Updates of a disk that fails stay pending. Others end in this time many times over.
    const end = setTimeout(() => process.exit(), fault === 'failing flush' ? 1000 : 30_000);
    await Promise.all(updates);
    clearTimeout(end);
    writeSync(marks, `resolve ${store.member.slot}\n`);
  }
  await store.close();
  await inner.close();
}

await main();
