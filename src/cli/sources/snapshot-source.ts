import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import { restoreFromFile } from '../../files/restore-from-file.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { SEAL_BYTES } from '../../wire/snapshot/seal.ts';
import { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { contentsOf, hasSeal } from './snapshot-format.ts';
import type { Source } from './source.ts';

/** Reads a snapshot file, or the snapshot on standard input where there is no path. */
export async function openSnapshot(terminal: Terminal, name: string, path: string | undefined): Promise<Source> {
  const { signal } = terminal;
  const store = new MemoryStore();
  const progress = new Progress(terminal, `reading ${name}`, 'B');
  const warnings: string[] = [];
  let seal: 'matches' | 'none' = 'none';
  try {
    const file = path === undefined ? undefined : await endOf(path);
    if (path !== undefined && file?.sealed === true) {
      const onProgress = ({ bytes }: { readonly bytes: number }): void =>
        progress.step({ done: bytes, total: file.size });
      await restoreFromFile(store, path, { signal, onProgress });
      seal = 'matches';
    } else {
      const bytes = await collected(path === undefined ? terminal.stdin : createReadStream(path), signal, (done) =>
        progress.step({ done, total: file?.size }),
      );
      if (hasSeal(bytes)) {
        await store.restoreFrom([bytes], { signal });
        seal = 'matches';
      } else {
        const { contents, text } = await contentsOf(name === '-' ? 'standard input' : name, bytes);
        await store.restore(contents);
        if (!text) warnings.push(`${name} has no seal, as bytes of swarmkit: nothing tells whether they are complete`);
      }
    }
  } finally {
    progress.end();
  }
  return { name, store, warnings, live: false, seal, close: () => store.close() };
}

/** The size of a file, and whether its end has the form of a seal. */
async function endOf(path: string): Promise<{ readonly size: number; readonly sealed: boolean } | undefined> {
  const file = await open(path, 'r');
  try {
    const stats = await file.stat();
    // A pipe has no end that can be looked at before.
    if (!stats.isFile()) return undefined;
    const end = new Uint8Array(Math.min(SEAL_BYTES, stats.size));
    await file.read(end, 0, end.length, stats.size - end.length);
    return { size: stats.size, sealed: hasSeal(end) };
  } finally {
    await file.close();
  }
}

async function collected(chunks: Readable, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of addAbortSignal(signal, chunks) as AsyncIterable<Uint8Array>) {
    parts.push(chunk);
    onBytes((bytes += chunk.length));
  }
  return Buffer.concat(parts);
}
