const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** The time of day, `14:03:21`. */
export function timeOfDay(milliseconds: number): string {
  return clockTime.format(milliseconds);
}

/** Date and time. */
export function dateAndTime(milliseconds: number): string {
  return dayTime.format(milliseconds);
}

/** `3 s ago`, `5 min ago`, `2 h ago`, or a date. */
export function ago(milliseconds: number, now: number): string {
  const seconds = Math.max(Math.round((now - milliseconds) / 1000), 0);
  if (seconds < 2) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `1 change`, `2 changes`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
