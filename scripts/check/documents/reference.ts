import type { Check } from '../../repository/check.ts';
import { packageEntries } from '../../repository/entries.ts';
import { readText } from '../../repository/repository.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

/**
 * The API reference, made and thrown away: it has every entry, and every link in a docstring leads somewhere. `npm run
 * docs` keeps it.
 */
export const reference: Check = {
  name: 'reference',
  about: 'typedoc makes the API reference of every entry',
  async run() {
    const { entryPoints } = JSON.parse(readText('typedoc.json')) as { readonly entryPoints: readonly string[] };
    const missing = packageEntries().filter(({ source }) => !entryPoints.includes(source));
    return [
      ...missing.map(
        ({ specifier, source }) =>
          `typedoc.json:1 has no ${source}, so ${specifier} is not in the reference; name it in entryPoints`,
      ),
      ...problemsOf(await runTool('typedoc/bin/typedoc', ['--emit', 'none']), 'typedoc says about docstrings:'),
    ];
  },
};
