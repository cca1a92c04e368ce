/**
 * `npx tsx scripts/recording/main.ts` runs the example of `npm start` on a screen in memory and writes the picture of
 * README, docs/images/start.svg. Each run is another one: nodes and containers fail at random.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importCompose } from '../../examples/orchestrator/compose/import-compose.ts';
import { liveDisplay } from '../../examples/orchestrator/display/display.ts';
import { createStyle } from '../../examples/orchestrator/display/style.ts';
import { summary } from '../../examples/orchestrator/display/summary.ts';
import { runCluster } from '../../examples/orchestrator/run.ts';
import { picture } from './picture.ts';
import type { Frame } from './picture.ts';
import { Screen } from './screen.ts';

const root = join(import.meta.dirname, '../..');
const columns = 96;
const rows = 22;

/** Seconds between two frames, and for which the last one is shown. */
const interval = 1;
const rest = 6;

async function record(): Promise<readonly Frame[]> {
  const screen = new Screen(columns, rows);
  screen.write('$ npm start\n');
  const frames: Frame[] = [];
  const take = (seconds: number): void => void frames.push({ seconds, lines: screen.lines() });
  take(interval);
  const style = createStyle(true);
  const output = { columns, rows, write: (text: string) => screen.write(text) };
  const { stack } = importCompose(readFileSync(join(root, 'examples/orchestrator/compose.yaml'), 'utf8'), {
    file: 'compose.yaml',
    readFile: (path) => readFileSync(join(root, 'examples/orchestrator', path)),
    environment: {},
  });
  const timer = setInterval(() => take(interval), interval * 1000);
  const outcome = await runCluster({
    beginning: { stack },
    snapshotPath: join('data', 'cluster.snapshot'),
    signal: new AbortController().signal,
    speed: 3,
    limit: 15_000,
    show: (store, options) => liveDisplay(store, { ...options, output, style }),
  });
  clearInterval(timer);
  screen.write(summary(outcome, style, columns));
  take(rest);
  return frames;
}

const path = join(root, 'docs/images/start.svg');
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, picture(await record(), columns, rows));
