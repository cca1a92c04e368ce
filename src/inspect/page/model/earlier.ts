import type { FollowSource, SourceWatcher } from '../../../follow/follow-source.ts';
import { isAfter, shiftVersion } from '../../../model/version.ts';
import type { Version } from '../../../wire/generated/common.ts';
import { timeOf } from '../../past/timeline.ts';
import type { Step } from '../../past/timeline.ts';

/** How far to go back, tried in this order: the source does not say how much of its past it keeps. */
const distances: readonly number[] = [1_000, 300, 100, 30, 10, 3, 1];

/** Waits no longer than this for the commits of the past, in milliseconds. */
const LONGEST_MS = 10_000;

/** A step of the past, and the version before it. */
export interface EarlierStep {
  readonly from: Version;
  readonly step: Step;
}

/** The commits that lead to the state at `to`, as far back as the source has them; none where it keeps no past. */
export async function readEarlier(source: FollowSource, to: Version): Promise<readonly EarlierStep[]> {
  for (const distance of distances) {
    const from = shiftVersion(to, -distance);
    if (!isAfter(to, from)) continue;
    const watcher = await source.watchFrom?.(from, {}).catch(() => undefined);
    if (watcher === undefined) continue;
    const steps = await collect(watcher, from, to);
    if (steps.length > 0) return steps;
  }
  return [];
}

async function collect(watcher: SourceWatcher, start: Version, to: Version): Promise<readonly EarlierStep[]> {
  const steps: EarlierStep[] = [];
  const limit = setTimeout(() => watcher.close(), LONGEST_MS);
  try {
    const commits = watcher.commits();
    let from = start;
    for (;;) {
      const { done, value } = await commits.next();
      if (done === true || value.version === undefined || value.reset === true || isAfter(value.version, to)) break;
      steps.push({ from, step: { version: value.version, at: timeOf(value.events, 0), events: value.events } });
      from = value.version;
      if (!isAfter(to, from)) return steps;
    }
    // The steps have to lead up to the state at `to`; else they are of no use.
    return [];
  } catch {
    return [];
  } finally {
    clearTimeout(limit);
    watcher.close();
  }
}
