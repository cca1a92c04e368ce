import { appendFileSync, createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MemoryStore } from 'swarmstate';
import type { Task } from 'swarmstate';
import { watched } from '../lib/loop-watch.ts';
import { encodeTasks, idOf, nextOf } from '../lib/objects.ts';
import { collectedHeap, heap } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/**
 * How long the event loop and writers wait, and how large the heap gets, while a store is restored from a stream: an
 * empty one, in a process that has just begun, then a full one.
 */
export const restoring: Suite = {
  name: 'restoring',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [20_000] : [1_000_000] }],
  run,
};

const CHUNK = 10_000;
/** Ample for the threads that sweep some gigabytes. */
const SWEEPING_MS = 3000;

async function run({ size }: Run): Promise<Figures> {
  const figures: Record<string, number> = {};
  const file = snapshotOf(size);
  const store = new MemoryStore();
  await restore(figures, 'restore into an empty store', store, file);
  await changeAll(store, size);
  await restore(figures, 'restore over a full store', store, file);
  return figures;
}

/** A file with a snapshot: the first round writes it, the runner clears it away. */
function snapshotOf(size: number): string {
  const folder = resolve(import.meta.dirname, '../scratch');
  const file = join(folder, `snapshot-${String(size)}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const part = `${file}.part`;
  rmSync(part, { force: true });
  for (let start = 0; start < size; start += CHUNK)
    appendFileSync(part, encodeTasks(start, Math.min(CHUNK, size - start), size));
  renameSync(part, file);
  return file;
}

/** Not one object is equal to what is restored over it. */
async function changeAll(store: MemoryStore, size: number): Promise<void> {
  for (let start = 0; start < size; start += CHUNK) {
    await store.update((tx) => {
      for (let number = start; number < Math.min(size, start + CHUNK); number += 1)
        tx.tasks.update(nextOf(tx.tasks.get(idOf('t', number)) as Task));
    });
  }
}

async function restore(figures: Record<string, number>, name: string, store: MemoryStore, file: string): Promise<void> {
  let peak = collectedHeap();
  // V8 sweeps what was collected by force bit by bit, and whoever allocates first would have to do it all at once.
  await new Promise((resolve) => setTimeout(resolve, SWEEPING_MS));
  const sampler = setInterval(() => {
    peak = Math.max(peak, heap());
  }, 20);
  await watched(figures, name, store, '', () => store.restoreFrom(createReadStream(file), { sealed: false }));
  clearInterval(sampler);
  peak = Math.max(peak, heap());
  figures[`${name}, peak heap to collected heap`] = peak / collectedHeap();
}
