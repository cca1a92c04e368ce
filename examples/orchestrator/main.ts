import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isStoreError } from 'swarmstate';
import type { MemoryStore } from 'swarmstate';
import { isKvError } from 'swarmstate/kv';
import { UsageError, help, parseArguments } from './arguments.ts';
import { reasonOf } from './compose/compose-files.ts';
import { importCompose } from './compose/import-compose.ts';
import { ComposeError, formatProblems } from './compose/problems.ts';
import { openKeyboard } from './controls/keyboard.ts';
import { liveDisplay, plainDisplay } from './display/display.ts';
import { createStyle, terminalOf, wrap } from './display/style.ts';
import { summary } from './display/summary.ts';
import type { Outcome } from './display/summary.ts';
import { StoreTaken, assertSame, openRunStore, runCluster } from './run.ts';
import type { Beginning } from './run.ts';
import { SnapshotFileError, readSnapshotFile } from './snapshot-file.ts';

/** The store of a run where none is named. */
const usualStore = 'lmdb:./data';
const samplePath = join(import.meta.dirname, 'compose.yaml');

/** The speed of the cluster's time, as a multiple of real time. */
const speed = 3;

/** The longest time of a run, in milliseconds. */
const limit = 15_000;

/**
 * Runs the program and returns its exit code: 0; 1 after an error; 2 for a command line or a file that it cannot use.
 */
async function main(): Promise<number> {
  let beginning: Beginning;
  let keep: boolean;
  let store: MemoryStore;
  let place = '';
  let address: string;
  let members: number | undefined;
  let restored: string | undefined;
  try {
    const request = parseArguments(process.argv.slice(2));
    if (request.kind === 'help') {
      process.stdout.write(help);
      return 0;
    }
    keep = request.keep ?? false;
    address = request.store ?? usualStore;
    members = request.members;
    place = `${address}: `;
    if (request.kind === 'restore') restored = request.file;
    beginning =
      request.kind === 'restore'
        ? { snapshot: await readSnapshotFile(request.file) }
        : { stack: readCompose(request.file ?? samplePath), file: request.file };
    store = await openRunStore(address === 'memory:' ? undefined : address, beginning);
    try {
      assertSame(store, beginning);
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof UsageError || error instanceof ComposeError || error instanceof SnapshotFileError) {
      complain(error.message);
      return 2;
    }
    if (isStoreError(error, 'ERR_NOT_EMPTY')) {
      complain(
        `${place}the store is not empty, so it cannot start from ${restored ?? 'a snapshot'}. ` +
          'Leave --restore out to go on with what is there, or name another store, as in --store lmdb:./other',
      );
      return 2;
    }
    if (!isStoreError(error) && !isKvError(error) && !(error instanceof StoreTaken)) throw error;
    complain(`${place}${error.message}`);
    return 2;
  }
  const stopping = new AbortController();
  const interrupted = stopWhenTold(stopping);
  const terminal = terminalOf(process.stdout.isTTY, process.env);
  const style = createStyle(terminal.colours);
  const keyboard =
    terminal.live && process.stdin.isTTY ? openKeyboard(process.stdin, () => process.emit('SIGINT')) : undefined;
  let outcome: Outcome;
  try {
    outcome = await runCluster({
      store,
      beginning,
      members: members === undefined ? undefined : { count: members, address },
      snapshotPath: join(folderOf(address), 'cluster.snapshot'),
      signal: stopping.signal,
      speed,
      limit,
      keep,
      keyboard,
      show: (store, options) =>
        (terminal.live ? liveDisplay : plainDisplay)(store, { ...options, output: process.stdout, style }),
    });
  } finally {
    keyboard?.close();
  }
  process.stdout.write(summary(outcome, style, terminal.live ? process.stdout.columns : Infinity));
  if (outcome.different > 0 || outcome.errors.length > 0) return 1;
  return interrupted();
}

/** The folder for the last state: that of the store, where it is on this machine. */
function folderOf(address: string): string {
  return address.startsWith('lmdb:') ? address.slice('lmdb:'.length).replace(/^\/\//, '') : 'data';
}

/** Writes a message about the input. In a terminal, its lines are broken at words. */
function complain(message: string): void {
  const width = process.stderr.isTTY ? process.stderr.columns : Infinity;
  const lines = message.split('\n').flatMap((line) => wrap(line, width, 4));
  process.stderr.write(`${lines.join('\n')}\n`);
}

function readCompose(file: string): Extract<Beginning, { readonly stack: unknown }>['stack'] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`the Compose file ${file} cannot be read: ${reasonOf(error)}`);
  }
  const { stack, warnings } = importCompose(text, {
    file,
    readFile: (path) => readFileSync(resolve(dirname(file), path)),
    environment: process.env,
  });
  if (warnings.length > 0) complain(formatProblems(file, warnings));
  return stack;
}

/**
 * Ends the run in order at the first Ctrl-C, and at once at the second; returns the exit code for that after the run. A
 * closed output (`npm start | head`) ends the run as well.
 */
function stopWhenTold(stopping: AbortController): () => number {
  let code = 0;
  const stop = (signalCode: number) => (): void => {
    if (stopping.signal.aborted) process.exit(signalCode);
    code = signalCode;
    stopping.abort();
  };
  process.on('SIGINT', stop(130));
  process.on('SIGTERM', stop(143));
  process.stdout.on('error', () => stopping.abort());
  return () => code;
}

process.exitCode = await main();
