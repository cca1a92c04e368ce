/**
 * One process of `npm start -- --members N`: a member of the log that runs the loops while it leads. The process ends
 * with the one that started it.
 */
import { openStore } from 'swarmstate/replicated';
import { startAllLoops } from '../all-loops.ts';
import { startClock } from '../clock.ts';
import { leadWhenElected } from './leading.ts';
import type { MemberNews, MemberSettings, MemberWish } from './processes.ts';

const { address, name, start, origin, speed } = JSON.parse(process.argv[2] ?? '{}') as MemberSettings;
const tell = (news: MemberNews): void => void process.send?.(news, () => undefined);
const onError = (error: unknown, loop: string): void =>
  tell({ error: `${name}, ${loop}: ${error instanceof Error ? error.message : String(error)}` });

// All processes have the same time: the pace is that of the cluster, and the beginning is shared.
const clock = startClock(start + (Date.now() - origin) * speed, speed);
const store = await openStore(address);
const loops = leadWhenElected(store, {
  name,
  start: (update) => startAllLoops(store, { clock, onError, update, start }),
  onChange: (leads) => tell({ leads }),
  onError,
});
process.on('message', ({ paused }: MemberWish) => {
  if (paused) clock.pause();
  else clock.resume();
});
const end = async (): Promise<void> => {
  await loops.stop();
  await store.close();
  process.exit();
};
process.on('SIGTERM', () => void end());
process.on('disconnect', () => void end());
// Ctrl-C in a terminal reaches every process; the one that started this one says when to end.
process.on('SIGINT', () => undefined);
