import { createColors } from 'picocolors';

/** A colour of a cell. The colour repeats the text, for the eye. */
export type Paint = 'good' | 'bad' | 'busy' | 'dim' | 'plain' | 'strong';

/** Puts colours around a text. */
export type Painter = (paint: Paint, text: string) => string;

/** The painter of a stream; without colours it gives every text as it is. */
export function painter(colors: boolean): Painter {
  const { green, red, yellow, gray, bold } = createColors(colors);
  return (paint, text) => {
    if (text === '') return text;
    switch (paint) {
      case 'good':
        return green(text);
      case 'bad':
        return red(text);
      case 'busy':
        return yellow(text);
      case 'dim':
        return gray(text);
      case 'strong':
        return bold(text);
      case 'plain':
        return text;
    }
  };
}

const paints: Readonly<Record<string, Paint>> = {
  RUNNING: 'good',
  READY: 'good',
  ACTIVE: 'good',
  COMPLETE: 'dim',
  SHUTDOWN: 'dim',
  REMOVE: 'dim',
  FAILED: 'bad',
  REJECTED: 'bad',
  ORPHANED: 'bad',
  DOWN: 'bad',
  UNREACHABLE: 'bad',
  DISCONNECTED: 'bad',
  UNKNOWN: 'busy',
  PAUSE: 'busy',
  DRAIN: 'busy',
};

/** The colour of a state by its name. A state on the way to another one is busy. */
export function paintOfState(name: string): Paint {
  return paints[name] ?? 'busy';
}
