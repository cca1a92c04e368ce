import { describe, expect, jest, test } from '@jest/globals';
import { findChromium } from '../../../scripts/engines/chromium.ts';

/**
 * Declares tests that need Chromium. Where there is none they are left out, which continuous integration takes for a
 * failure.
 */
export function describeWithChromium(declare: (program: string) => void): void {
  const program = findChromium();
  if (program !== undefined) describe('Chromium', () => declare(program));
  else {
    test('[C15] without Chromium its tests are left out, but not in continuous integration', () => {
      expect(process.env['CI']).toBeUndefined();
    });
  }
}

/** The members of playwright-core that are used: its own types need those of the DOM, which no test shall see. */
interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser>;
  };
}

export interface Browser {
  newContext(): Promise<BrowserContext>;
  close(): Promise<void>;
}

interface BrowserContext {
  newPage(): Promise<Page>;
  close(): Promise<void>;
  on(event: 'console', listener: (message: { text(): string }) => void): this;
  on(event: 'weberror', listener: (error: { error(): Error }) => void): this;
}

interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts the browser without a window. */
export function launch(executablePath: string): Promise<Browser> {
  const { chromium } = jest.requireActual<Playwright>('playwright-core');
  // The sandbox of the browser refuses root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
