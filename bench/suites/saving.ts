import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { all, MemoryStore } from 'swarmstate';
import { watched } from '../lib/loop-watch.ts';
import { idOf, makeTasks } from '../lib/objects.ts';
import { read } from '../lib/reading.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** How long the event loop and writers wait while a store is saved to a stream, and while it is walked. */
export const saving: Suite = {
  name: 'saving',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [20_000] : [1_000_000] }],
  run,
};

const CHUNK = 10_000;

async function run({ size }: Run): Promise<Figures> {
  const figures: Record<string, number> = {};
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  try {
    const store = new MemoryStore();
    for (let start = 0; start < size; start += CHUNK) {
      await store.update((tx) => {
        for (const task of makeTasks(start, Math.min(CHUNK, size - start), size)) tx.tasks.create(task);
      });
    }
    const someId = idOf('t', 0);
    await watched(figures, 'save', store, someId, () => store.saveTo(createWriteStream(join(folder, 'snapshot'))));
    await watched(figures, 'iterate', store, someId, async () => {
      using snapshot = store.snapshot();
      for await (const task of snapshot.tasks.iterate(all, { yieldAfterMs: 5 })) read(task);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return figures;
}
