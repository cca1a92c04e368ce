import { effect, signal } from '@preact/signals';
import type { Signal } from '@preact/signals';

/** The colours: those of the system, or the user's choice. */
export type Theme = 'auto' | 'light' | 'dark';

const key = 'swarmstate-theme';

export const theme: Signal<Theme> = signal(stored());

/** Changes when the colours on the screen change. */
export const colours: Signal<number> = signal(0);

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours.value += 1;
});

effect(() => {
  const chosen = theme.value;
  if (chosen === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
  store(chosen);
  colours.value = colours.peek() + 1;
});

/** An element that is not shown: only the colour of an element is resolved to the one of light or dark. */
const probe = document.createElement('i');
probe.hidden = true;

/** The value of a colour of the style sheet now. */
export function colour(name: string): string {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

function store(value: Theme): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser may refuse storage; the choice then lasts as long as the page.
  }
}
