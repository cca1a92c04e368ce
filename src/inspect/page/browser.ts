import { Commit } from '../../model/commit-json.ts';
import { versionOf } from '../../model/version.ts';
import { followEvents } from '../../remote/events/follow-events.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Figures } from '../figures/figures.ts';
import { timeOf } from '../past/timeline.ts';
import type { Past } from '../serve/past.ts';
import { start } from './main.tsx';
import type { Earlier } from './model/inspection.ts';

/** How long to wait before the next attempt to reach the server, in milliseconds. */
const RETRY_MS = 2_000;

/** The past in this page: enough for the moments that the time bar leads to. */
const HISTORY = 1_000;

async function figures(): Promise<Figures | undefined> {
  const response = await fetch('figures');
  return response.ok ? ((await response.json()) as Figures) : undefined;
}

async function earlier(to: Version): Promise<Earlier> {
  const response = await fetch(`past?to=${String(to.index)}`);
  if (!response.ok) return { from: undefined, steps: [] };
  const { from, commits } = (await response.json()) as Past;
  if (from === null) return { from: undefined, steps: [] };
  const steps = commits.map((json) => {
    const { version, events } = Commit.fromJson(json);
    return { version, at: timeOf(events, 0), events };
  });
  return { from: versionOf({ index: BigInt(from) }), steps };
}

async function run(page: HTMLElement): Promise<void> {
  page.textContent = 'Reading the store…';
  for (;;) {
    try {
      const { store } = await followEvents('events', { history: HISTORY });
      page.textContent = '';
      start(page, { source: store, figures, earlier });
      return;
    } catch (error) {
      page.textContent = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

const page = document.getElementById('page');
if (page !== null) void run(page);
