import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package that has the browser. Unpacking is not enough: a browser needs libraries of the system. */
export const CHROMIUM_PACKAGE = 'chromium';

/** The names under which distributions install the browser. */
const programs: readonly string[] = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser on the PATH. */
export function findChromium(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((path) => existsSync(path));
}

/** The hint for people who do not have it. */
export const howToGetChromium =
  'chromium is not here: `npm run engines` installs it on Debian for root, or put `chromium` on the PATH';
