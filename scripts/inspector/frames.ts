import { cpus, loadavg } from 'node:os';
import type { Page } from './browser.ts';
import { withInspector } from './browser.ts';

/** The cluster that is shown, and how often it changes. */
const TASKS = 10_000;
const NODES = 100;
const CHANGES_PER_SECOND = 100;
const SECONDS = 20;

/** One measured view. */
export interface FrameFigures {
  readonly view: string;
  readonly seconds: number;
  readonly frames: number;
  /** Frames of more than 50 ms, by the browser's own account. Other programs of the machine delay frames, too. */
  readonly framesOver50Ms: number;
  readonly longestFrameMs: number;
  /** The processor time of the page's longest task, by the browser's trace: a frame waits for no more than this. */
  readonly longestTaskCpuMs: number;
  readonly tasksOver50CpuMs: number;
}

/** What the measurement found, and where. */
export interface FramesReport {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    /** Programs that wanted to run, on average over the minute before. */
    readonly load: number;
    readonly node: string;
    readonly chromium: string;
  };
  readonly tasks: number;
  readonly nodes: number;
  readonly changesPerSecond: number;
  readonly views: readonly FrameFigures[];
}

/** Measures frames while a table of 10,000 tasks is scrolled and changes, and while the overview changes. */
export async function measureFrames(): Promise<FramesReport> {
  return withInspector({ nodes: NODES, tasks: TASKS }, async (stage) => {
    const { cluster, chromium } = stage;
    const changing = new AbortController();
    const changes = (async () => {
      const step = 20;
      const began = Date.now();
      for (let done = 0; !changing.signal.aborted; done += (CHANGES_PER_SECOND * step) / 1000) {
        await cluster.change((CHANGES_PER_SECOND * step) / 1000);
        await new Promise((resolve) =>
          setTimeout(resolve, Math.max(began + done * (1000 / CHANGES_PER_SECOND) + step - Date.now(), 0)),
        );
      }
    })();
    const views: FrameFigures[] = [];
    const page = await stage.open({ width: 1360, height: 900 });
    views.push(await measure(page, 'overview', '#/overview', false));
    views.push(await measure(page, 'tasks, scrolled', '#/task', true));
    changing.abort();
    await changes;
    const [cpu] = cpus();
    const machine = {
      cpu: cpu?.model.trim() ?? '',
      cores: cpus().length,
      load: Math.round(loadavg()[0] ?? 0),
      node: process.version,
      chromium,
    };
    return { machine, tasks: TASKS, nodes: NODES, changesPerSecond: CHANGES_PER_SECOND, views };
  });
}

/** Runs in the page: counts frames, and collects the long ones. */
const begin = `
  window.measured = { frames: 0, long: [] };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) measured.long.push(duration);
  }).observe({ type: 'long-animation-frame' });
  const frame = () => {
    measured.frames += 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
`;

async function measure(page: Page, view: string, hash: string, scrolled: boolean): Promise<FrameFigures> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  // The first drawing of a view is not part of the measurement: its size does not depend on the changes.
  await page.waitForTimeout(3_000);
  await page.evaluate(begin);
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  const end = Date.now() + SECONDS * 1000;
  if (scrolled) await page.mouse.move(600, 500);
  for (let step = 0; Date.now() < end; step += 1) {
    if (scrolled) await page.mouse.wheel(0, step % 400 < 200 ? 240 : -240);
    await page.waitForTimeout(scrolled ? 16 : 100);
  }
  const tasks = cpuOfTasks(await browser.stopTracing());
  const { frames, long } = (await page.evaluate('measured')) as { frames: number; long: number[] };
  return {
    view,
    seconds: SECONDS,
    frames,
    framesOver50Ms: long.filter((duration) => duration > 50).length,
    longestFrameMs: Math.round(Math.max(0, ...long)),
    longestTaskCpuMs: Math.round(tasks.reduce((most, task) => Math.max(most, task), 0)),
    tasksOver50CpuMs: tasks.filter((task) => task > 50).length,
  };
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The processor time of each task of the page's main thread, in milliseconds. */
function cpuOfTasks(trace: Buffer): readonly number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const threads = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  );
  return traceEvents
    .filter((event) => event.ph === 'X' && event.name === 'RunTask' && threads.has(threadOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000);
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}
