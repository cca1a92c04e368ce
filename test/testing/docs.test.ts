import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(__dirname, '..', '..');

test('[K7] docs/testing.md shows the example test as it is', () => {
  const document = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, shown] = /```ts\n(.*?)```/s.exec(document) ?? [];
  const example = readFileSync(join(root, 'test/testing/example.test.ts'), 'utf8').replace(
    "import { expect, test } from '@jest/globals';\n",
    '',
  );
  expect(shown?.replace("import { expect, test } from '@jest/globals';\n", '')).toBe(example.replace('[K7] ', ''));
});
