import { createRequire } from 'node:module';
import { findChromium, howToGetChromium } from '../engines/chromium.ts';
import { makePageFiles } from '../build/page-files.ts';
import { serveInspectorWith } from '../../src/inspect/serve/serve-inspector.ts';
import { MadeUpCluster } from './cluster.ts';
import type { ClusterSize } from './cluster.ts';

/** The members of playwright-core that are used: its own types need those of the DOM. */
interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser>;
  };
}

interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page> }>;
  version(): string;
  startTracing(page: Page, options: { readonly categories: readonly string[] }): Promise<void>;
  stopTracing(): Promise<Buffer>;
  close(): Promise<void>;
}

/** A page of the browser. */
export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  waitForTimeout(milliseconds: number): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  context(): { browser(): Browser };
  screenshot(options: { readonly path: string }): Promise<unknown>;
  readonly mouse: { move(x: number, y: number): Promise<void>; wheel(x: number, y: number): Promise<void> };
}

/** How a page is opened. */
export interface PageOptions {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** An inspector of a made-up cluster, and a browser. */
export interface Stage {
  readonly cluster: MadeUpCluster;
  readonly chromium: string;
  /** Opens the inspector in a browser of its own. */
  open(options: PageOptions): Promise<Page>;
}

/** Runs `use` with an inspector and a browser, and ends both. */
export async function withInspector<R>(size: ClusterSize, use: (stage: Stage) => Promise<R>): Promise<R> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(howToGetChromium);
  const cluster = new MadeUpCluster(size);
  await cluster.fill();
  const server = await serveInspectorWith(await makePageFiles(), cluster.store, { title: 'made-up cluster' });
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
  // The sandbox of the browser refuses root.
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  try {
    const open = async ({ width, height, colorScheme = 'light' }: PageOptions): Promise<Page> => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      await page.goto(server.newLink());
      await page.waitForSelector('nav');
      return page;
    };
    return await use({ cluster, chromium: browser.version(), open });
  } finally {
    await browser.close();
    await server.close();
    await cluster.store.close();
  }
}
