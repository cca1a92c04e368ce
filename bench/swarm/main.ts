/**
 * `npm run bench -- swarm` measures how many entries of a manager's log are read in a second, beside decoding the same
 * entries alone, and how many messages of a manager are followed in a second, beside the bare stream. The measurements
 * take turns in one run. A real daemon gives the delay. The figures go to figures.json beside this file, and into the
 * tables of the guide. `--quick` only prints them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { secretbox } from '@noble/ciphers/salsa.js';
import { InternalRaftRequest, StoreActionKind } from 'swarmstate/proto';
import type { Task } from 'swarmstate/proto';
import { readSwarmFolder } from 'swarmstate/swarm';
import { openRecord, readSealedRecord } from '../../src/swarm/folder/keys/sealed-record.ts';
import { FolderWriter, manager } from '../../test/swarm/support/folder-writer.ts';
import type { Encryption } from '../../test/swarm/support/folder-writer.ts';
import { makeTasks } from '../lib/objects.ts';
import { circumstances } from '../results.ts';
import { measureDaemon, whyNotMeasured } from './daemon.ts';
import { writeFigures } from './figures.ts';
import type { FolderFigure } from './figures.ts';
import { measureFollowing } from './following.ts';

const TASKS = 1000;
const repository = join(import.meta.dirname, '../..');

/** A log with one encryption, and its entries for measuring the bounds. */
interface Sample {
  readonly encryption: Encryption;
  readonly folder: string;
  readonly key: Uint8Array;
  readonly plain: readonly Uint8Array[];
  readonly sealed: readonly Uint8Array[];
}

function sampleOf(encryption: Encryption, entries: number, root: string): Sample {
  const one = manager(1);
  const writer = new FolderWriter(one, encryption).change(1, 1, 'add', one).state(1, 1);
  const tasks = makeTasks(0, TASKS, TASKS);
  const plain: Uint8Array[] = [];
  const sealed: Uint8Array[] = [];
  for (let number = 0; number < entries; number += 1) {
    const index = number + 2;
    const task = { ...(tasks[number % TASKS] as Task), slot: number };
    const action = [{ action: number < TASKS ? StoreActionKind.CREATE : StoreActionKind.UPDATE, task }];
    writer.entry(2, index, action).state(2, index);
    plain.push(InternalRaftRequest.encode({ id: index, action }));
    sealed.push(writer.seal(plain[number] as Uint8Array));
  }
  const folder = mkdtempSync(join(root, `${encryption}-`));
  for (const [path, bytes] of writer.files()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return { encryption, folder, key: writer.key, plain, sealed };
}

/** The measurements of a log, by name: each handles every entry once. */
function measurements({
  encryption,
  folder,
  key,
  plain,
  sealed,
}: Sample): Readonly<Record<'decode' | 'decrypt' | 'log' | 'read', () => Promise<void>>> {
  const opened = readSwarmFolder(folder);
  return {
    decode: async () => {
      for (const bytes of plain) InternalRaftRequest.decode(bytes);
      await Promise.resolve();
    },
    decrypt: async () => {
      for (const bytes of sealed) {
        const inner = encryption === 'none' ? bytes : openRecord(readSealedRecord(bytes), key, secretbox);
        InternalRaftRequest.decode(inner as Uint8Array);
      }
      await Promise.resolve();
    },
    log: async () => {
      for await (const { index } of (await opened).log) if (index < 0) throw new Error('an index below zero');
    },
    read: async () => {
      const { indexes } = await readSwarmFolder(folder);
      if (indexes.applied !== plain.length + 1) throw new Error(`${indexes.applied} entries were read`);
    },
  };
}

async function figureOf(sample: Sample, rounds: number): Promise<FolderFigure> {
  const runs = Object.entries(measurements(sample)).map(([name, run]) => ({ name, run, times: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { run, times } of round % 2 === 0 ? runs : [...runs].reverse()) {
      const start = performance.now();
      await run();
      // The first round is for the compiler.
      if (round > 0) times.push(performance.now() - start);
    }
  }
  const rates = runs.map(({ name, times }) => {
    const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
    return [name, Math.round((sample.plain.length * 1000) / median)];
  });
  const names: Partial<Record<Encryption, string>> = { secretbox: 'encrypted', fernet: 'in FIPS mode', none: 'plain' };
  return {
    encryption: names[sample.encryption] ?? sample.encryption,
    ...(Object.fromEntries(rates) as Omit<FolderFigure, 'encryption'>),
  };
}

/** Measures each encryption, and writes the figures and the table of the guide unless it is a quick run. */
export async function main({ quick }: { readonly quick: boolean }): Promise<void> {
  const entries = quick ? 2000 : 20_000;
  const rounds = quick ? 1 : 5;
  const root = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  try {
    const folder: FolderFigure[] = [];
    let bytes = 0;
    for (const encryption of ['secretbox', 'fernet', 'none'] as const) {
      const sample = sampleOf(encryption, entries, root);
      bytes = Math.round(sample.plain.reduce((sum, { length }) => sum + length, 0) / entries);
      folder.push(await figureOf(sample, rounds));
    }
    console.table(folder);
    const following = await measureFollowing(1000, quick ? 2000 : 20_000, rounds);
    console.table([following]);
    const missing = whyNotMeasured(repository);
    if (missing !== undefined) console.log(`The delay was not measured: ${missing}`);
    const daemon = missing === undefined ? await measureDaemon(repository, quick ? 50 : 1000) : undefined;
    console.log(daemon);
    if (quick) return;
    await writeFigures({ ...circumstances(), entries, bytesPerEntry: bytes, rounds, folder, following, daemon });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main({ quick: process.argv.includes('--quick') });
}
